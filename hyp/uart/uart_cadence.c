/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver of Cadence's UART, as in Zynq and Zynq UltraScale+ (Zynq UltraScale+ Device Technical
 * Reference Manual, UG1085, chapter 21; registers: UG1087).
 */
#include "arch.h"
#include "hw/mmio_raw.h"
#include "uart/uart_drivers.h"

#define PATIENCE 1000000u /* reads of a register: far longer than a full FIFO takes to drain */

/* clang-format off */
enum {
	CR = 0x00,               /* control */
	MR = 0x04,               /* mode */
	IER = 0x08,              /* a 1 unmasks an interrupt */
	IDR = 0x0c,              /* a 1 masks it */
	ISR = 0x14,              /* interrupts that have come; a 1 clears one */
	BAUDGEN = 0x18,          /* divides the clock: CD */
	RXTOUT = 0x1c,           /* receive timeout */
	RXWM = 0x20,             /* receive trigger level */
	MODEMCR = 0x24,          /* modem control */
	SR = 0x2c,               /* status */
	FIFO = 0x30,             /* data */
	BAUDDIV = 0x34,          /* divides what BAUDGEN leaves by one more than this: BDIV */
};

enum {
	CR_RXRST = 1 << 0,       /* empties the FIFO; reads 1 until that is done */
	CR_TXRST = 1 << 1,
	CR_RXEN = 1 << 2,
	CR_RXDIS = 1 << 3,
	CR_TXEN = 1 << 4,
	CR_TXDIS = 1 << 5,

	MR_8N1 = 4 << 3,         /* no parity; the rest of the mode is 0 */

	MODEMCR_DTR_RTS = 3,

	SR_REMPTY = 1 << 1,      /* receive FIFO empty */
	SR_TEMPTY = 1 << 3,      /* transmit FIFO empty */
	SR_TFUL = 1 << 4,        /* transmit FIFO full */
	SR_TACTIVE = 1 << 11,    /* sending */

	INT_RTRIG = 1 << 0,      /* the receive FIFO has reached its trigger level */
	INT_TEMPTY = 1 << 3,     /* the transmit FIFO is empty */
	INT_ROVR = 1 << 5,       /* overrun */
	INT_FRAME = 1 << 6,      /* framing error */
	INT_PARE = 1 << 7,       /* parity error */
	INT_ERRORS = 7 << 5,
	INT_ALL = 0x3fff,
};
/* clang-format on */

static bool cadence_idle(const struct uart_config *uart)
{
	return (raw_read32(uart->base + SR) & (SR_TEMPTY | SR_TACTIVE)) == SR_TEMPTY;
}

static void cadence_init(const struct uart_config *uart)
{
	/* What the firmware wrote last goes out first. */
	for (uint32_t i = 0; i < PATIENCE && !cadence_idle(uart); i++)
		cpu_relax();
	raw_write32(uart->base + CR, CR_TXDIS | CR_RXDIS);
	raw_write32(uart->base + IDR, INT_ALL);
	raw_write32(uart->base + MR, MR_8N1);
	if (uart->divisor != 0) {
		raw_write32(uart->base + BAUDGEN, uart->divisor & 0xffff);
		raw_write32(uart->base + BAUDDIV, uart->divisor >> 16);
	}
	raw_write32(uart->base + CR, CR_TXDIS | CR_RXDIS | CR_TXRST | CR_RXRST);
	for (uint32_t i = 0; i < PATIENCE && raw_read32(uart->base + CR) & (CR_TXRST | CR_RXRST);
		i++)
		cpu_relax();
	raw_write32(uart->base + RXTOUT, 0);
	raw_write32(uart->base + RXWM, 1);
	raw_write32(uart->base + MODEMCR, MODEMCR_DTR_RTS);
	raw_write32(uart->base + ISR, INT_ALL);
	raw_write32(uart->base + CR, CR_TXEN | CR_RXEN);
}

static bool cadence_put(const struct uart_config *uart, char c)
{
	if (raw_read32(uart->base + SR) & SR_TFUL)
		return false;
	raw_write32(uart->base + FIFO, (uint8_t)c);
	return true;
}

static bool is_empty(const struct uart_config *uart)
{
	return (raw_read32(uart->base + SR) & SR_REMPTY) != 0;
}

/*
 * The errors are of some character in the FIFO: nothing says of which, where this UART is of its
 * first version. A break is a framing error, with 0 for a character.
 */
static int with_errors(const struct uart_config *uart, uint32_t key)
{
	uint32_t errors = raw_read32(uart->base + ISR) & INT_ERRORS;

	raw_write32(uart->base + ISR, errors);
	if (errors & INT_FRAME)
		key |= key == 0 ? UART_BREAK | UART_FRAMING_ERROR : UART_FRAMING_ERROR;
	key |= errors & INT_PARE ? UART_PARITY_ERROR : 0;
	key |= errors & INT_ROVR ? UART_OVERRUN : 0;
	return (int)key;
}

static int cadence_get(const struct uart_config *uart)
{
	/*
	 * The receive interrupt is cleared when nothing is left to read, not before, or what is
	 * left would be forgotten. Something may have arrived between the look and the clearing.
	 */
	if (is_empty(uart)) {
		raw_write32(uart->base + ISR, INT_RTRIG);
		if (is_empty(uart))
			return -1;
	}
	return with_errors(uart, raw_read32(uart->base + FIFO) & 0xff);
}

static void cadence_interrupts(const struct uart_config *uart, uint32_t mask)
{
	uint32_t bits = 0;

	if (mask & UART_RECEIVE)
		bits |= INT_RTRIG;
	if (mask & UART_TRANSMIT)
		bits |= INT_TEMPTY;
	raw_write32(uart->base + IDR, INT_ALL & ~bits);
	raw_write32(uart->base + IER, bits);
}

static void cadence_acknowledge(const struct uart_config *uart)
{
	raw_write32(uart->base + ISR, INT_TEMPTY);
}

const struct uart_driver uart_cadence = {
	.init = cadence_init,
	.put = cadence_put,
	.idle = cadence_idle,
	.get = cadence_get,
	.interrupts = cadence_interrupts,
	.acknowledge = cadence_acknowledge,
};
