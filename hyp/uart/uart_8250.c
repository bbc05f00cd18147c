/* SPDX-License-Identifier: Apache-2.0 */
#include "uart/uart_8250.h"

#include "arch.h"
#include "hw/mmio_raw.h"
#include "sections.h"
#include "uart/ns16550_registers.h"
#include "uart/uart_drivers.h"

#define PATIENCE 1000000u /* reads of LSR: far more than a full FIFO takes */
#define TRIES    1000u    /* writes of LCR to a UART that receives meanwhile */
#define DEPTH    16u      /* of an NS16550A's FIFOs; no other has less, if it has any */

static SHARED struct {
	uint32_t beyond; /* characters that the empty transmit FIFO takes after the first */
	uint32_t room;   /* characters that it takes now at least; 0: LSR knows */
	uint32_t errors; /* LSR_ERRORS that a read of LSR has cleared, of the next character */
} fifo;

uint32_t uart_8250_read(const struct uart_config *uart, unsigned number)
{
	uint64_t pa = uart->base + ((uint64_t)number << uart->register_shift);

	return uart->access_width == 4 ? raw_read32(pa) & 0xff : raw_read8(pa);
}

void uart_8250_write(const struct uart_config *uart, unsigned number, uint32_t value)
{
	uint64_t pa = uart->base + ((uint64_t)number << uart->register_shift);

	if (uart->access_width == 4)
		raw_write32(pa, value);
	else
		raw_write8(pa, (uint8_t)value);
}

static uint32_t line_status(const struct uart_config *uart)
{
	uint32_t status = uart_8250_read(uart, UART_LSR);

	fifo.errors |= status & LSR_ERRORS;
	return status;
}

/*
 * A DesignWare UART ignores a write of LCR while it sends or receives. Characters that arrive keep
 * it busy until they are read, or its FIFO is cleared.
 */
static void set_line_control(const struct uart_config *uart, uint32_t value)
{
	for (uint32_t i = 0; i < TRIES; i++) {
		uart_8250_write(uart, UART_LCR, value);
		if (uart_8250_read(uart, UART_LCR) == value)
			return;
		uart_8250_write(
			uart, UART_FCR, FCR_ENABLE | FCR_CLEAR_RECEIVE | FCR_CLEAR_TRANSMIT);
		(void)uart_8250_read(uart, UART_RBR);
	}
}

void uart_8250_start(const struct uart_config *uart, uint32_t fcr, uint32_t depth)
{
	/* What the firmware wrote last goes out first. */
	for (uint32_t i = 0; i < PATIENCE && !uart_8250_idle(uart); i++)
		cpu_relax();
	uart_8250_write(uart, UART_IER, 0);
	if (uart->divisor != 0) {
		set_line_control(uart, LCR_DLAB | LCR_8N1);
		uart_8250_write(uart, UART_DLL, uart->divisor & 0xff);
		uart_8250_write(uart, UART_DLM, uart->divisor >> 8);
	}
	set_line_control(uart, LCR_8N1);
	uart_8250_write(uart, UART_FCR, fcr | FCR_ENABLE | FCR_CLEAR_RECEIVE | FCR_CLEAR_TRANSMIT);
	uart_8250_write(uart, UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	/* These reads end what is pending. The first chips of this kind have no FIFO that works. */
	fifo.beyond = (uart_8250_read(uart, UART_IIR) & IIR_FIFOS) == IIR_FIFOS ? depth - 1 : 0;
	(void)uart_8250_read(uart, UART_LSR);
	(void)uart_8250_read(uart, UART_MSR);
	fifo.room = 0;
	fifo.errors = 0;
}

bool uart_8250_put(const struct uart_config *uart, char c)
{
	/* LSR says when the FIFO is empty, not whether it is full. */
	if (fifo.room > 0)
		fifo.room--;
	else if (line_status(uart) & LSR_THRE)
		fifo.room = fifo.beyond;
	else
		return false;
	uart_8250_write(uart, UART_THR, (uint8_t)c);
	return true;
}

bool uart_8250_idle(const struct uart_config *uart)
{
	return (line_status(uart) & LSR_TEMT) != 0;
}

int uart_8250_get(const struct uart_config *uart)
{
	uint32_t status = line_status(uart), errors = fifo.errors;
	uint32_t key;

	if (!(status & LSR_DR))
		return -1;
	fifo.errors = 0;
	key = uart_8250_read(uart, UART_RBR);
	key |= errors & LSR_OE ? UART_OVERRUN : 0;
	key |= errors & LSR_PE ? UART_PARITY_ERROR : 0;
	key |= errors & LSR_FE ? UART_FRAMING_ERROR : 0;
	key |= errors & LSR_BI ? UART_BREAK : 0;
	return (int)key;
}

void uart_8250_interrupts(const struct uart_config *uart, uint32_t mask)
{
	uint32_t bits = 0;

	if (mask & UART_RECEIVE)
		bits |= IER_RECEIVE;
	if (mask & UART_TRANSMIT)
		bits |= IER_TRANSMIT;
	uart_8250_write(uart, UART_IER, bits);
}

void uart_8250_acknowledge(const struct uart_config *uart)
{
	/* The read withdraws the transmit interrupt. */
	uint32_t id = uart_8250_read(uart, UART_IIR) & IIR_ID;

	if (id == IIR_BUSY)
		(void)uart_8250_read(uart, UART_USR);
	/*
	 * Some UARTs, the DesignWare and TI's among them, may say that they have received something
	 * where there is nothing, and go on until it is read.
	 */
	else if (!(id & IIR_NONE) && id & IIR_RECEIVE && !(line_status(uart) & LSR_DR))
		(void)uart_8250_read(uart, UART_RBR);
}

static void init(const struct uart_config *uart)
{
	uart_8250_start(uart, FCR_RECEIVE_HALF, DEPTH);
}

const struct uart_driver uart_8250 = {
	.init = init,
	.put = uart_8250_put,
	.idle = uart_8250_idle,
	.get = uart_8250_get,
	.interrupts = uart_8250_interrupts,
	.acknowledge = uart_8250_acknowledge,
};
