/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UART of Nvidia's Tegra (Tegra X1 Technical Reference Manual, chapter 36): an NS16550A whose
 * receive timeout is an interrupt of its own, and which has a trigger level for transmission.
 */
#include "uart/ns16550_registers.h"
#include "uart/uart_8250.h"
#include "uart/uart_drivers.h"

#define FCR_TRANSMIT_8 (1u << 4) /* LSR_THRE and the interrupt: there is room for 8 characters */
#define ROOM           8u

#define IER_TIMEOUT (1u << 4)

static void init(const struct uart_config *uart)
{
	uart_8250_start(uart, FCR_RECEIVE_HALF | FCR_TRANSMIT_8, ROOM);
}

static void interrupts(const struct uart_config *uart, uint32_t mask)
{
	uart_8250_interrupts(uart, mask);
	if (mask & UART_RECEIVE)
		uart_8250_write(uart, UART_IER, uart_8250_read(uart, UART_IER) | IER_TIMEOUT);
}

const struct uart_driver uart_tegra = {
	.init = init,
	.put = uart_8250_put,
	.idle = uart_8250_idle,
	.get = uart_8250_get,
	.interrupts = interrupts,
	.acknowledge = uart_8250_acknowledge,
};
