/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's commands. On the pCPU that takes the UART's interrupt. */
#ifndef PINION_COMMANDS_H
#define PINION_COMMANDS_H

#include <stdbool.h>

/*
 * Begins the command of a line as it was typed, or says why it cannot be carried out. Changes
 * `text`.
 */
void command_begin(char *text);

/* True as long as the command that was begun has more to do or to say. */
bool command_is_busy(void);

/* Does a piece of it: says one line at most. */
void command_go_on(void);

#endif
