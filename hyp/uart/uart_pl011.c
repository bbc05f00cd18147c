/* SPDX-License-Identifier: Apache-2.0 */
/* Driver of the physical Arm PrimeCell UART PL011 (Arm DDI 0183). */
#include "uart/uart_pl011.h"
#include "arch.h"
#include "hw/mmio_raw.h"
#include "uart/pl011_registers.h"
#include "uart/uart_drivers.h"

#define PATIENCE 1000000u /* reads of UARTFR: far longer than a full FIFO takes to drain */

static void pl011_init(const struct uart_config *uart)
{
	/*
	 * Waits until the firmware's last characters are out: a UART that is disabled keeps what is
	 * in its FIFO, and stays busy (DDI 0183, UARTFR).
	 */
	for (uint32_t i = 0; i < PATIENCE && raw_read32(uart->base + UARTFR) & FR_BUSY; i++)
		cpu_relax();
	raw_write32(uart->base + UARTCR, 0);
	raw_write32(uart->base + UARTLCR_H, 0);
	raw_write32(uart->base + UARTIMSC, 0);
	raw_write32(uart->base + UARTICR, INT_ALL);
	raw_write32(uart->base + UARTDMACR, 0);
	if (uart->divisor != 0) {
		raw_write32(uart->base + UARTIBRD, uart->divisor / 64);
		raw_write32(uart->base + UARTFBRD, uart->divisor % 64);
	}
	/* With the write of UARTLCR_H, the UART takes the divisor over. */
	raw_write32(uart->base + UARTLCR_H, LCR_H_WLEN_8 | LCR_H_FEN);
	raw_write32(uart->base + UARTIFLS, 2 << 3 | 2); /* interrupts at half-full FIFOs */
	raw_write32(uart->base + UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
}

bool uart_pl011_put(const struct uart_config *uart, char c)
{
	if (raw_read32(uart->base + UARTFR) & FR_TXFF)
		return false;
	raw_write32(uart->base + UARTDR, (uint8_t)c);
	return true;
}

bool uart_pl011_idle(const struct uart_config *uart)
{
	return !(raw_read32(uart->base + UARTFR) & FR_BUSY);
}

int uart_pl011_get(const struct uart_config *uart)
{
	if (raw_read32(uart->base + UARTFR) & FR_RXFE)
		return -1;
	return (int)(raw_read32(uart->base + UARTDR) & 0xfff);
}

void uart_pl011_interrupts(const struct uart_config *uart, uint32_t mask)
{
	uint32_t bits = 0;

	if (mask & UART_RECEIVE)
		bits |= INT_RX | INT_RT;
	if (mask & UART_TRANSMIT)
		bits |= INT_TX;
	raw_write32(uart->base + UARTIMSC, bits);
}

void uart_pl011_acknowledge(const struct uart_config *uart)
{
	/*
	 * Leaves the receive interrupts alone: reading the FIFO clears them, and they have to stay
	 * for what is not read yet.
	 */
	raw_write32(uart->base + UARTICR, INT_TX);
}

const struct uart_driver uart_pl011 = {
	.init = pl011_init,
	.put = uart_pl011_put,
	.idle = uart_pl011_idle,
	.get = uart_pl011_get,
	.interrupts = uart_pl011_interrupts,
	.acknowledge = uart_pl011_acknowledge,
};
