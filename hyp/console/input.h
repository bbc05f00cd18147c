/* SPDX-License-Identifier: Apache-2.0 */
/* Input from the UART: the escape key, and which console gets the other keys. */
#ifndef PINION_INPUT_H
#define PINION_INPUT_H

#include <stdbool.h>
#include <stdint.h>

/* Ctrl-]: the hypervisor itself takes the key after it. */
#define INPUT_ESCAPE 0x1d

/* Selects the console of the first VM that has one. Called once, at boot. */
void input_init(void);

/*
 * The number (console_of()) of the console that gets the input, and of the one that got it before
 * the monitor did. input_selected() works on any pCPU; the others are for the pCPU that takes the
 * UART's interrupt.
 */
uint32_t input_selected(void);
uint32_t input_before(void);
void input_select(uint32_t number);

/*
 * True for the first call after another console was selected. On the pCPU that takes the UART's
 * interrupt.
 */
bool input_is_news(void);

/*
 * The number of characters that may be taken from the UART: the room in the ring of the selected
 * console. It is CONSOLE_RX_SIZE if input_receive() throws the characters away, so that the escape
 * key gets through: if the VM does not run or has no console, or if its ring is full and was not
 * read for a second. With the UART's lock held.
 */
uint32_t input_free(void);

/*
 * Moves characters from the UART to the selected console. Returns true if the console that is now
 * selected is a VM's and has got a character; asks the vCPUs of consoles that were selected before
 * by REQUEST_DEVICES. With the UART's lock held.
 */
bool input_receive(void);

#endif
