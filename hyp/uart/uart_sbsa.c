/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver of the Generic UART of Arm's Base System Architecture (Arm DEN 0094, appendix B): a part
 * of a PL011's registers. The firmware alone sets it up: baud rate, line and FIFOs.
 */
#include "arch.h"
#include "hw/mmio_raw.h"
#include "uart/pl011_registers.h"
#include "uart/uart_drivers.h"
#include "uart/uart_pl011.h"

#define FIFO_DEPTH 32u

static void sbsa_init(const struct uart_config *uart)
{
	raw_write32(uart->base + UARTIMSC, 0);
	raw_write32(uart->base + UARTICR, INT_ALL);
	for (uint32_t i = 0; i < FIFO_DEPTH && uart_pl011_get(uart) >= 0; i++)
		;
}

const struct uart_driver uart_sbsa = {
	.init = sbsa_init,
	.put = uart_pl011_put,
	.idle = uart_pl011_idle,
	.get = uart_pl011_get,
	.interrupts = uart_pl011_interrupts,
	.acknowledge = uart_pl011_acknowledge,
};
