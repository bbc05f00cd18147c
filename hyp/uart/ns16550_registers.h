/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of National Semiconductor's NS16550A (datasheet of June 1995) and of UARTs like it, by
 * number: a register's address is its number shifted by `register_shift` (struct uart_config).
 */
#ifndef PINION_NS16550_REGISTERS_H
#define PINION_NS16550_REGISTERS_H

/* clang-format off */
enum {
	UART_RBR = 0,            /* read: received character */
	UART_THR = 0,            /* write: character to send */
	UART_DLL = 0,            /* with LCR_DLAB: low byte of the baud rate divisor */
	UART_IER = 1,            /* interrupt enable */
	UART_DLM = 1,            /* with LCR_DLAB: high byte of the divisor */
	UART_IIR = 2,            /* read: interrupt identification */
	UART_FCR = 2,            /* write: FIFO control */
	UART_LCR = 3,            /* line control */
	UART_MCR = 4,            /* modem control */
	UART_LSR = 5,            /* line status */
	UART_MSR = 6,            /* modem status */
	UART_USR = 31,           /* DesignWare: UART status; a read ends the busy interrupt */
};

enum {
	IER_RECEIVE = 1 << 0,    /* a character, the trigger level or the timeout */
	IER_TRANSMIT = 1 << 1,   /* THR, or the transmit FIFO, is empty */
};

enum {
	IIR_ID = 0xf,            /* 0 in bit 0: an interrupt is pending */
	IIR_BUSY = 0x7,          /* DesignWare: LCR was written while the UART was busy */
	IIR_RECEIVE = 1 << 2,    /* 4: received data; 6: line status; 12: timeout */
	IIR_NONE = 1 << 0,
	IIR_FIFOS = 3 << 6,      /* FIFOs are enabled, and work */
};

enum {
	FCR_ENABLE = 1 << 0,
	FCR_CLEAR_RECEIVE = 1 << 1,
	FCR_CLEAR_TRANSMIT = 1 << 2,
	FCR_RECEIVE_HALF = 2 << 6, /* trigger level: half full */
};

enum {
	LCR_8N1 = 3,             /* 8 bits, 1 stop bit, no parity */
	LCR_DLAB = 1 << 7,       /* registers 0 and 1 are the divisor */
};

enum {
	MCR_DTR = 1 << 0,
	MCR_RTS = 1 << 1,
	MCR_OUT2 = 1 << 3,       /* lets the interrupt out of the chip, in some systems */
};

enum {
	LSR_DR = 1 << 0,         /* a character has been received */
	LSR_OE = 1 << 1,         /* overrun */
	LSR_PE = 1 << 2,         /* the next character has a parity error */
	LSR_FE = 1 << 3,         /* it has a framing error */
	LSR_BI = 1 << 4,         /* it is a break */
	LSR_ERRORS = 0xf << 1,   /* a read of LSR clears them */
	LSR_THRE = 1 << 5,       /* THR, or the transmit FIFO, is empty */
	LSR_TEMT = 1 << 6,       /* and nothing is being sent */
};
/* clang-format on */

#endif
