/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Driver of the UART of NXP's i.MX 6, 7 and 8M (i.MX 8M Plus Applications Processor Reference
 * Manual, IMX8MPRM, chapter 16.2).
 */
#include "arch.h"
#include "hw/mmio_raw.h"
#include "uart/uart_drivers.h"

#define PATIENCE   1000000u /* reads of USR2: far longer than a full FIFO takes to drain */
#define FIFO_DEPTH 32u

/* clang-format off */
enum {
	URXD = 0x00,             /* received character, and how it arrived */
	UTXD = 0x40,             /* character to send */
	UCR1 = 0x80,             /* control */
	UCR2 = 0x84,
	UCR3 = 0x88,
	UCR4 = 0x8c,
	UFCR = 0x90,             /* FIFO control */
	USR2 = 0x98,             /* status */
	UBIR = 0xa4,             /* baud rate: clock * (UBIR + 1) / (16 * (UBMR + 1)) */
	UBMR = 0xa8,             /* written after UBIR, it makes both take effect */
	UTS = 0xb4,              /* test register: state of the FIFOs */
};

enum {
	URXD_PRERR = 1 << 10,    /* parity error */
	URXD_BRK = 1 << 11,      /* break */
	URXD_FRMERR = 1 << 12,   /* framing error */
	URXD_OVRRUN = 1 << 13,   /* overrun */

	UCR1_UARTEN = 1 << 0,
	UCR1_RRDYEN = 1 << 9,    /* receive interrupt */
	UCR1_TRDYEN = 1 << 13,   /* transmit interrupt */

	UCR2_SRST = 1 << 0,      /* 0 resets the UART, its baud rate too */
	UCR2_RXEN = 1 << 1,
	UCR2_TXEN = 1 << 2,
	UCR2_WS = 1 << 5,        /* 8 bits */
	UCR2_CTS = 1 << 12,      /* ready to receive */
	UCR2_IRTS = 1 << 14,     /* ignore RTS */

	UCR3_RESET = 7 << 8,     /* DSR, DCD, RI: as after a reset */
	UCR3_ADNIMP = 1 << 7,    /* autobaud detection not improved */
	UCR3_RXDMUXSEL = 1 << 2, /* the pin that all boards use */

	UCR4_CTSTL_32 = 32 << 10, /* as after a reset; no interrupt */

	UFCR_RXTL_1 = 1 << 0,    /* receive interrupt: one character */
	UFCR_DCEDTE = 1 << 6,
	UFCR_RFDIV = 7 << 7,     /* divides the clock first; 5: by one */
	UFCR_RFDIV_1 = 5 << 7,
	UFCR_TXTL_16 = 16 << 10, /* transmit interrupt: half of the FIFO is empty */

	USR2_RDR = 1 << 0,       /* a character has been received */
	USR2_TXDC = 1 << 3,      /* the FIFO is empty, and nothing is being sent */

	UTS_TXFULL = 1 << 4,
};
/* clang-format on */

#define LINE (UCR2_SRST | UCR2_WS | UCR2_CTS | UCR2_IRTS)

static bool imx_idle(const struct uart_config *uart)
{
	return (raw_read32(uart->base + USR2) & USR2_TXDC) != 0;
}

static int imx_get(const struct uart_config *uart)
{
	uint32_t received, key;

	if (!(raw_read32(uart->base + USR2) & USR2_RDR))
		return -1;
	received = raw_read32(uart->base + URXD);
	key = received & 0xff;
	key |= received & URXD_PRERR ? UART_PARITY_ERROR : 0;
	key |= received & URXD_BRK ? UART_BREAK : 0;
	key |= received & URXD_FRMERR ? UART_FRAMING_ERROR : 0;
	key |= received & URXD_OVRRUN ? UART_OVERRUN : 0;
	return (int)key;
}

static void imx_init(const struct uart_config *uart)
{
	uint32_t fifos = raw_read32(uart->base + UFCR) & (UFCR_DCEDTE | UFCR_RFDIV);

	/* What the firmware wrote last goes out first. */
	for (uint32_t i = 0; i < PATIENCE && !imx_idle(uart); i++)
		cpu_relax();
	raw_write32(uart->base + UCR1, UCR1_UARTEN);
	raw_write32(uart->base + UCR2, LINE);
	raw_write32(uart->base + UCR3, UCR3_RESET | UCR3_ADNIMP | UCR3_RXDMUXSEL);
	raw_write32(uart->base + UCR4, UCR4_CTSTL_32);
	if (uart->divisor != 0)
		fifos = (fifos & UFCR_DCEDTE) | UFCR_RFDIV_1;
	raw_write32(uart->base + UFCR, fifos | UFCR_RXTL_1 | UFCR_TXTL_16);
	if (uart->divisor != 0) {
		/* In 64ths, so UBIR + 1 is 64. */
		raw_write32(uart->base + UBIR, 64 - 1);
		raw_write32(uart->base + UBMR, uart->divisor - 1);
	}
	raw_write32(uart->base + UCR2, LINE | UCR2_RXEN | UCR2_TXEN);
	for (uint32_t i = 0; i < FIFO_DEPTH && imx_get(uart) >= 0; i++)
		;
}

static bool imx_put(const struct uart_config *uart, char c)
{
	if (raw_read32(uart->base + UTS) & UTS_TXFULL)
		return false;
	raw_write32(uart->base + UTXD, (uint8_t)c);
	return true;
}

static void imx_interrupts(const struct uart_config *uart, uint32_t mask)
{
	uint32_t bits = UCR1_UARTEN;

	if (mask & UART_RECEIVE)
		bits |= UCR1_RRDYEN;
	if (mask & UART_TRANSMIT)
		bits |= UCR1_TRDYEN;
	raw_write32(uart->base + UCR1, bits);
}

/* Both interrupts last as long as their cause: what the FIFOs hold. */
static void imx_acknowledge(const struct uart_config *uart)
{
	(void)uart;
}

const struct uart_driver uart_imx = {
	.init = imx_init,
	.put = imx_put,
	.idle = imx_idle,
	.get = imx_get,
	.interrupts = imx_interrupts,
	.acknowledge = imx_acknowledge,
};
