/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's commands. All functions run on the pCPU that takes the UART's interrupt. */
#ifndef PINION_COMMANDS_H
#define PINION_COMMANDS_H

#include <stdbool.h>

/* Begins the command that the typed line `text` names, or says why it cannot. Changes `text`. */
void command_begin(char *text);

/* True while the command that was begun has more to do or to say. */
bool command_is_busy(void);

/* Goes on with that command: says one line at most. */
void command_go_on(void);

#endif
