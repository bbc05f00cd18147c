/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the drivers of a PL011 and of the Generic UART have in common, as functions of struct
 * uart_driver. Callers hold the UART's lock.
 */
#ifndef PINION_UART_PL011_H
#define PINION_UART_PL011_H

#include "uart/uart.h"

bool uart_pl011_put(const struct uart_config *uart, char c);
bool uart_pl011_idle(const struct uart_config *uart);
int uart_pl011_get(const struct uart_config *uart);
void uart_pl011_interrupts(const struct uart_config *uart, uint32_t mask);
void uart_pl011_acknowledge(const struct uart_config *uart);

#endif
