/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the Arm PrimeCell UART PL011 (Arm DDI 0183), for the driver and the emulated device.
 */
#ifndef PINION_PL011_REGISTERS_H
#define PINION_PL011_REGISTERS_H

/* clang-format off */
enum {
	UARTDR = 0x000,          /* data: character in [7:0], errors in [11:8] */
	UARTRSR = 0x004,         /* receive status; a write clears it (UARTECR) */
	UARTFR = 0x018,          /* flags */
	UARTILPR = 0x020,        /* IrDA low-power counter */
	UARTIBRD = 0x024,        /* baud rate divisor, integer part */
	UARTFBRD = 0x028,        /* baud rate divisor, 64ths */
	UARTLCR_H = 0x02c,       /* line control */
	UARTCR = 0x030,          /* control */
	UARTIFLS = 0x034,        /* FIFO levels: transmit [2:0], receive [5:3] */
	UARTIMSC = 0x038,        /* interrupt mask: 1 enables an interrupt */
	UARTRIS = 0x03c,         /* raw interrupt status */
	UARTMIS = 0x040,         /* masked interrupt status */
	UARTICR = 0x044,         /* interrupt clear */
	UARTDMACR = 0x048,       /* DMA control */
	UARTPERIPHID0 = 0xfe0,   /* eight identification registers up to 0xffc */
};

enum {
	FR_CTS = 1 << 0,         /* modem inputs */
	FR_DSR = 1 << 1,
	FR_DCD = 1 << 2,
	FR_BUSY = 1 << 3,        /* transmitting */
	FR_RXFE = 1 << 4,        /* receive FIFO empty */
	FR_TXFF = 1 << 5,        /* transmit FIFO full */
	FR_RXFF = 1 << 6,        /* receive FIFO full */
	FR_TXFE = 1 << 7,        /* transmit FIFO empty */
};

enum {
	LCR_H_FEN = 1 << 4,      /* FIFOs enabled */
	LCR_H_WLEN_8 = 3 << 5,
};

enum {
	CR_UARTEN = 1 << 0,
	CR_TXE = 1 << 8,
	CR_RXE = 1 << 9,
};

/* Bits of IMSC, RIS, MIS and ICR. INT_ERRORS has four bits in the order of UARTDR[11:8]. */
enum {
	INT_RX = 1 << 4,
	INT_TX = 1 << 5,
	INT_RT = 1 << 6,         /* receive timeout */
	INT_ERRORS = 0xf << 7,
	INT_ALL = 0x7ff,
};
/* clang-format on */

#endif
