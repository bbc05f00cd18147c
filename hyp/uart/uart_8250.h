/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the drivers of UARTs like the NS16550A share. Only the UART in uart_config exists, so its
 * state is one object. Callers hold the UART's lock.
 */
#ifndef PINION_UART_8250_H
#define PINION_UART_8250_H

#include "uart/uart.h"

/* Register number `number` (ns16550_registers.h), which has 8 bits. */
uint32_t uart_8250_read(const struct uart_config *uart, unsigned number);
void uart_8250_write(const struct uart_config *uart, unsigned number, uint32_t value);

/*
 * Waits, within limits, until the UART has sent all that it has. Then masks all interrupts, sets 8
 * bits without parity, the baud rate unless uart->divisor is 0, and the FIFOs. `fcr`: FCR's trigger
 * levels. `depth`: characters that the transmit FIFO takes when it is empty, if there is one.
 */
void uart_8250_start(const struct uart_config *uart, uint32_t fcr, uint32_t depth);

/* The functions of struct uart_driver. */
bool uart_8250_put(const struct uart_config *uart, char c);
bool uart_8250_idle(const struct uart_config *uart);
int uart_8250_get(const struct uart_config *uart);
void uart_8250_interrupts(const struct uart_config *uart, uint32_t mask);
void uart_8250_acknowledge(const struct uart_config *uart);

#endif
