/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UART of TI's OMAP, AM335x and K3 (AM62x Technical Reference Manual, SPRUIV7, 12.1.6): an
 * NS16550A with longer FIFOs and more registers.
 */
#include "uart/ns16550_registers.h"
#include "uart/uart_8250.h"
#include "uart/uart_drivers.h"

enum {
	MDR1 = 8, /* mode */
	SCR = 16, /* supplementary control */
};

/* A UART for which a bit takes 16 * divisor cycles of the clock. */
#define MDR1_UART_16X 0

/* The transmit interrupt says that nothing is left to send, not that a trigger level is reached. */
#define SCR_TX_EMPTY (1u << 3)

#define FCR_RECEIVE_8 0   /* trigger level; other UARTs have 1 there */
#define DEPTH         64u /* of its FIFOs */

static void init(const struct uart_config *uart)
{
	uart_8250_start(uart, FCR_RECEIVE_8, DEPTH);
	uart_8250_write(uart, SCR, SCR_TX_EMPTY);
	if (uart->divisor != 0)
		uart_8250_write(uart, MDR1, MDR1_UART_16X);
}

const struct uart_driver uart_omap = {
	.init = init,
	.put = uart_8250_put,
	.idle = uart_8250_idle,
	.get = uart_8250_get,
	.interrupts = uart_8250_interrupts,
	.acknowledge = uart_8250_acknowledge,
};
