/* SPDX-License-Identifier: Apache-2.0 */
/* MediaTek's UART: an NS16550A with more ways to make a baud rate. */
#include "uart/ns16550_registers.h"
#include "uart/uart_8250.h"
#include "uart/uart_drivers.h"

/* With 0 in both, a bit takes 16 * divisor cycles of the clock, as with an NS16550A. */
enum {
	HIGHSPEED = 9,
	RATE_FIX = 13,
};

#define DEPTH 16u /* of its FIFOs, at least */

static void init(const struct uart_config *uart)
{
	uart_8250_start(uart, FCR_RECEIVE_HALF, DEPTH);
	if (uart->divisor != 0) {
		uart_8250_write(uart, HIGHSPEED, 0);
		uart_8250_write(uart, RATE_FIX, 0);
	}
}

const struct uart_driver uart_mt6577 = {
	.init = init,
	.put = uart_8250_put,
	.idle = uart_8250_idle,
	.get = uart_8250_get,
	.interrupts = uart_8250_interrupts,
	.acknowledge = uart_8250_acknowledge,
};
