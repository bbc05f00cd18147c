/* SPDX-License-Identifier: Apache-2.0 */
/* What the console asks of the driver of the physical UART. None of these waits, but init(). */
#ifndef PINION_UART_H
#define PINION_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* The interrupts of a UART, as a mask. */
enum {
	UART_RECEIVE = 1u << 0,  /* there is something to get */
	UART_TRANSMIT = 1u << 1, /* the transmit FIFO has drained: there is room again */
};

/*
 * What get() returns: the character and, above it, how it arrived. The bits are those of a PL011's
 * UARTDR.
 */
enum {
	UART_FRAMING_ERROR = 1 << 8,
	UART_PARITY_ERROR = 1 << 9,
	UART_BREAK = 1 << 10,
	UART_OVERRUN = 1 << 11, /* characters were lost before this one */
};

struct uart_driver {
	/*
	 * 8 bits, no parity, FIFOs on, every interrupt masked. 115200 baud, or what the firmware
	 * set if clock is 0.
	 */
	void (*init)(const struct uart_config *uart);
	/* False: no room. */
	bool (*put)(const struct uart_config *uart, char c);
	/* True if everything that was put has left. */
	bool (*idle)(const struct uart_config *uart);
	/* The next character with its error bits, or -1: there is none. */
	int (*get)(const struct uart_config *uart);
	/* Unmasks these interrupts and masks the others. */
	void (*interrupts)(const struct uart_config *uart, uint32_t mask);
	/*
	 * Withdraws a transmit interrupt. To be called before the FIFO is filled again, or the next
	 * one is lost.
	 */
	void (*acknowledge)(const struct uart_config *uart);
};

#endif
