/* SPDX-License-Identifier: Apache-2.0 */
/* What is typed: the escape key, and who gets the rest. */
#ifndef PINION_INPUT_H
#define PINION_INPUT_H

#include <stdbool.h>
#include <stdint.h>

/* Ctrl-]: the next key is for the hypervisor. */
#define INPUT_ESCAPE 0x1d

/* Selects the first VM that has a console. At boot. */
void input_init(void);

/*
 * The console that gets the input, by console_of()'s number, and the one that did before the
 * monitor. From any pCPU; set by the pCPU that takes the UART's interrupt alone.
 */
uint32_t input_selected(void);
uint32_t input_before(void);
void input_select(uint32_t number);

/* True once after another one was selected. On the pCPU that takes the UART's interrupt. */
bool input_is_news(void);

/*
 * How many characters the UART may deliver. Under the UART's lock. What nobody reads is thrown
 * away, as the escape key has to get through: what is for a VM that does not run, and what no
 * longer fits when nothing was read for a second.
 */
uint32_t input_free(void);

/*
 * Moves what has arrived to the console that is selected. True: something has, for a VM. Under the
 * UART's lock.
 */
bool input_receive(void);

#endif
