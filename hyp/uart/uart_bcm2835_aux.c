/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver of the mini UART of the Raspberry Pi's chips (BCM2835 ARM Peripherals, 2.2; BCM2711 ARM
 * Peripherals, 2.2). Where the manual is known to be wrong, the names say what the chip does.
 */
#include "arch.h"
#include "hw/mmio_raw.h"
#include "uart/uart_drivers.h"

#define PATIENCE 1000000u /* reads of AUX_MU_STAT_REG: far longer than a full FIFO takes to drain */

/* clang-format off */
enum {
	AUX_MU_IO = 0x00,        /* data */
	AUX_MU_IER = 0x04,       /* interrupt enable */
	AUX_MU_IIR = 0x08,       /* write: clears FIFOs */
	AUX_MU_LCR = 0x0c,       /* line control */
	AUX_MU_MCR = 0x10,       /* modem control */
	AUX_MU_LSR = 0x14,       /* line status; a read clears the overrun */
	AUX_MU_CNTL = 0x20,      /* control */
	AUX_MU_STAT = 0x24,      /* status */
	AUX_MU_BAUD = 0x28,      /* the clock is divided by 8 times this and one */
};

enum {
	IER_RECEIVE = 1 << 0,    /* the manual has it in bit 1, ... */
	IER_TRANSMIT = 1 << 1,   /* ... and this one in bit 0 */
	IER_ENABLE = 3 << 2,     /* unused, says the manual; no receive interrupt comes without */

	IIR_CLEAR_RECEIVE = 1 << 1,
	IIR_CLEAR_TRANSMIT = 1 << 2,

	LCR_8BIT = 3,            /* the manual has bit 0 alone, which is 7 bits */

	LSR_READY = 1 << 0,      /* a character has been received */
	LSR_OVERRUN = 1 << 1,

	CNTL_RECEIVER = 1 << 0,
	CNTL_TRANSMITTER = 1 << 1,

	STAT_SPACE = 1 << 1,     /* the transmit FIFO is not full */
	STAT_DONE = 1 << 9,      /* it is empty, and nothing is being sent */
};
/* clang-format on */

static bool aux_idle(const struct uart_config *uart)
{
	return (raw_read32(uart->base + AUX_MU_STAT) & STAT_DONE) != 0;
}

static void aux_init(const struct uart_config *uart)
{
	/* What the firmware wrote last goes out first. */
	for (uint32_t i = 0; i < PATIENCE && !aux_idle(uart); i++)
		cpu_relax();
	raw_write32(uart->base + AUX_MU_CNTL, 0);
	raw_write32(uart->base + AUX_MU_IER, 0);
	raw_write32(uart->base + AUX_MU_LCR, LCR_8BIT);
	raw_write32(uart->base + AUX_MU_MCR, 0);
	raw_write32(uart->base + AUX_MU_IIR, IIR_CLEAR_RECEIVE | IIR_CLEAR_TRANSMIT);
	if (uart->divisor != 0)
		raw_write32(uart->base + AUX_MU_BAUD, uart->divisor - 1);
	raw_write32(uart->base + AUX_MU_CNTL, CNTL_RECEIVER | CNTL_TRANSMITTER);
}

static bool aux_put(const struct uart_config *uart, char c)
{
	/* Not LSR, which says the same: a read of it would lose an overrun. */
	if (!(raw_read32(uart->base + AUX_MU_STAT) & STAT_SPACE))
		return false;
	raw_write32(uart->base + AUX_MU_IO, (uint8_t)c);
	return true;
}

static int aux_get(const struct uart_config *uart)
{
	uint32_t status = raw_read32(uart->base + AUX_MU_LSR);

	if (!(status & LSR_READY))
		return -1;
	/* It detects no break and no framing error, and knows no parity. */
	return (int)((raw_read32(uart->base + AUX_MU_IO) & 0xff) |
		     (status & LSR_OVERRUN ? UART_OVERRUN : 0));
}

static void aux_interrupts(const struct uart_config *uart, uint32_t mask)
{
	uint32_t bits = 0;

	if (mask & UART_RECEIVE)
		bits |= IER_RECEIVE | IER_ENABLE;
	if (mask & UART_TRANSMIT)
		bits |= IER_TRANSMIT | IER_ENABLE;
	raw_write32(uart->base + AUX_MU_IER, bits);
}

/* Both interrupts last as long as their cause: there is something to read, the FIFO is empty. */
static void aux_acknowledge(const struct uart_config *uart)
{
	(void)uart;
}

const struct uart_driver uart_bcm2835_aux = {
	.init = aux_init,
	.put = aux_put,
	.idle = aux_idle,
	.get = aux_get,
	.interrupts = aux_interrupts,
	.acknowledge = aux_acknowledge,
};
