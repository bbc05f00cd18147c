/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver of the physical UART offers to the console. Only init() waits for the UART. */
#ifndef PINION_UART_H
#define PINION_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* The interrupts of a UART, as a mask. */
enum {
	UART_RECEIVE = 1u << 0,  /* get() has a character */
	UART_TRANSMIT = 1u << 1, /* the transmit FIFO has drained, so put() has room again */
};

/* What get() returns above the character in bits [7:0]. The bits are those of a PL011's UARTDR. */
enum {
	UART_FRAMING_ERROR = 1 << 8,
	UART_PARITY_ERROR = 1 << 9,
	UART_BREAK = 1 << 10,
	UART_OVERRUN = 1 << 11, /* other characters were lost before this one */
};

struct uart_driver {
	/*
	 * Sets the UART up: 8 bits, no parity, FIFOs on, every interrupt masked, and the baud rate
	 * of uart_config.divisor. If that is 0, it keeps the baud rate that the firmware set.
	 */
	void (*init)(const struct uart_config *uart);
	/*
	 * Sends a character. Returns false if the FIFO has no room for it. It also runs before the
	 * image is where it was linked to run, so it follows no pointer that the linker has stored.
	 */
	bool (*put)(const struct uart_config *uart, char c);
	/* True if all characters have left the UART. */
	bool (*idle)(const struct uart_config *uart);
	/* Returns the next character with its error bits, or -1 if there is none. */
	int (*get)(const struct uart_config *uart);
	/* Unmasks the interrupts in `mask` (UART_RECEIVE, UART_TRANSMIT) and masks the others. */
	void (*interrupts)(const struct uart_config *uart, uint32_t mask);
	/*
	 * Clears a transmit interrupt. Call it before filling the FIFO again: later it would also
	 * clear the next one.
	 */
	void (*acknowledge)(const struct uart_config *uart);
};

#endif
