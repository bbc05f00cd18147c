/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated PL011 (Arm DDI 0183). */
#include "device/pl011.h"

#include <string.h>

#include "console/drain.h"
#include "console/ring.h"
#include "speed.h"
#include "uart/pl011_registers.h"
#include "vm/vm_shared.h"

#define FIFO_DEPTH 16

/* The bits that exist in each register from UARTILPR on. 0: a write is not stored. */
static const uint16_t writable[PL011_STORED] = {
	[(UARTILPR - UARTILPR) / 4] = 0xff,
	[(UARTIBRD - UARTILPR) / 4] = 0xffff,
	[(UARTFBRD - UARTILPR) / 4] = 0x3f,
	[(UARTLCR_H - UARTILPR) / 4] = 0xff,
	[(UARTCR - UARTILPR) / 4] = 0xff87,
	[(UARTIFLS - UARTILPR) / 4] = 0x3f,
	[(UARTIMSC - UARTILPR) / 4] = INT_ALL,
	[(UARTDMACR - UARTILPR) / 4] = 0x7,
};

/* UARTPeriphID0..3, UARTPCellID0..3; revision r1p4, whose FIFOs are 16 deep. */
static const uint8_t identification[8] = {0x11, 0x10, 0x24, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static struct console *console_at(const struct pl011_config *config)
{
	return &config->irq.vm->shared->console;
}

static uint16_t *stored(struct pl011 *uart, uint32_t offset)
{
	return &uart->stored[(offset - UARTILPR) / 4];
}

/* Derives the fields of struct pl011 that follow from UARTCR, UARTLCR_H and UARTIFLS. */
static void configure(struct pl011 *uart)
{
	static const uint8_t levels[8] = {2, 4, 8, 12, 14, 14, 14, 14};
	uint16_t control = *stored(uart, UARTCR);
	uint16_t select = *stored(uart, UARTIFLS);
	bool fifos = *stored(uart, UARTLCR_H) & LCR_H_FEN;

	uart->transmits = control & CR_UARTEN && control & CR_TXE;
	uart->receives = control & CR_UARTEN && control & CR_RXE;
	uart->depth = fifos ? FIFO_DEPTH : 1;
	uart->receive_level = fifos ? levels[select >> 3] : 1;
	uart->transmit_level = fifos ? levels[select & 7] : 0;
}

/*
 * Entries in the transmit FIFO: the bytes that a disabled transmitter holds, or those in the last
 * places of the console's ring, which stand for the FIFO (pl011.h).
 */
static uint32_t transmit_used(const struct pl011 *uart, const struct console *console)
{
	uint32_t used = console_tx_used(console) + uart->depth;
	uint32_t backlog = used > CONSOLE_TX_SIZE ? used - CONSOLE_TX_SIZE : 0;

	return backlog > uart->held ? backlog : uart->held;
}

/* True if the receive FIFO has room and the console's ring has a character for it. */
static bool may_take_in(const struct pl011 *uart, const struct console *console)
{
	return uart->receives && uart->received < uart->depth &&
	       uart->received < console_rx_used(console);
}

/* Moves characters from the console's ring to the receive FIFO. */
static void take_in(struct pl011 *uart, const struct console *console)
{
	do {
		uart->raw |= (uint16_t)(console_peek(console, uart->received) >> 1) & INT_ERRORS;
		uart->received++;
		if (uart->received >= uart->receive_level)
			uart->raw |= INT_RX;
		if (uart->received == console_rx_used(console))
			uart->raw |= INT_RT;
	} while (may_take_in(uart, console));
}

/* Brings the FIFOs up to date with the console's rings, and raises their interrupts. */
static void update_fifos(struct pl011 *uart, const struct console *console)
{
	if (may_take_in(uart, console))
		take_in(uart, console);
	if (uart->above && transmit_used(uart, console) <= uart->transmit_level) {
		uart->above = false;
		uart->raw |= INT_TX;
	}
}

static bool wants_interrupt(struct pl011 *uart)
{
	return (uart->raw & *stored(uart, UARTIMSC)) != 0;
}

/* Moves the line to `line`, which is seldom. */
COLD("UARTFR read")
static void move_line(const struct pl011_config *config, bool line)
{
	irq_line_set(&config->irq, line);
	if (line || !config->irq.repeat)
		return;
	/*
	 * With direct interrupts, a falling line clears the pending interrupt. Another pCPU may
	 * have set it pending for new input just before, so this looks for input again.
	 */
	update_fifos(config->state, console_at(config));
	irq_line_set(&config->irq, wants_interrupt(config->state));
}

/* Sets the interrupt line as the FIFOs require. The last thing before the lock is released. */
static void update_line(const struct pl011_config *config)
{
	bool line = wants_interrupt(config->state);

	if (irq_line_moves(&config->irq, line))
		move_line(config, line);
}

/* A write of UARTDR. */
static void transmit(struct pl011 *uart, struct console *console, uint8_t byte)
{
	uint32_t used = transmit_used(uart, console);

	if (used >= uart->depth)
		return; /* lost, as in hardware if the guest ignores FR.TXFF */
	console_put(console, byte, !uart->transmits);
	if (!uart->transmits)
		uart->held++;
	if (transmit_used(uart, console) > uart->transmit_level) {
		uart->above = true;
		uart->raw &= (uint16_t)~INT_TX;
		if (uart->transmits)
			console_wait_tx(console);
	} else if (uart->transmits) {
		uart->raw |= INT_TX;
	}
}

/*
 * Publishes the output, because the driver has nothing more to send: a prompt, for example, is
 * complete without a newline. Returns false if all was published already.
 */
static bool end_of_output(const struct pl011 *uart, struct console *console)
{
	return uart->held == 0 && console_flush(console);
}

/* A read of UARTDR. */
static uint16_t receive(struct pl011 *uart, struct console *console)
{
	uint16_t character;

	if (uart->received == 0)
		return 0;
	character = console_peek(console, 0);
	console_remove(console);
	uart->status = (uint8_t)(character >> 8);
	uart->received--;
	if (uart->received < uart->receive_level)
		uart->raw &= (uint16_t)~INT_RX;
	if (uart->received == 0)
		uart->raw &= (uint16_t)~INT_RT;
	return character;
}

/* The value of UARTFR. */
static uint16_t flags(struct pl011 *uart, const struct console *console)
{
	uint32_t used = transmit_used(uart, console);
	uint16_t value = FR_CTS | FR_DSR | FR_DCD; /* as if a terminal were always connected */

	if (used == 0)
		value |= FR_TXFE;
	else if (uart->transmits)
		value |= FR_BUSY;
	if (used >= uart->depth)
		value |= FR_TXFF;
	if (uart->received == 0)
		value |= FR_RXFE;
	if (uart->received >= uart->depth)
		value |= FR_RXFF;
	return value;
}

/* Reads a register. Sets `*drain` if the caller has to call console_drain(). */
static uint16_t read_register(const struct pl011_config *config, uint32_t offset, bool *drain)
{
	struct pl011 *uart = config->state;
	struct console *console = console_at(config);
	uint16_t value;

	if (offset == UARTFR) {
		if (uart->polled)
			*drain = end_of_output(uart, console);
		uart->polled = true;
		value = flags(uart, console);
		*drain |= (value & FR_TXFF) != 0; /* the driver may be waiting for room */
		return value;
	}
	uart->polled = false;
	switch (offset) {
	case UARTDR:
		value = receive(uart, console);
		update_fifos(uart, console);
		*drain = true;
		return value;
	case UARTRSR:
		return uart->status;
	case UARTRIS:
		return uart->raw;
	case UARTMIS:
		return uart->raw & *stored(uart, UARTIMSC);
	case UARTICR:
		return 0;
	}
	if (offset >= UARTILPR && offset <= UARTDMACR)
		return *stored(uart, offset);
	if (offset >= UARTPERIPHID0)
		return identification[(offset - UARTPERIPHID0) / 4];
	return 0;
}

static void write_register(const struct pl011_config *config, uint32_t offset, uint16_t value)
{
	struct pl011 *uart = config->state;
	struct console *console = console_at(config);

	switch (offset) {
	case UARTDR:
		transmit(uart, console, (uint8_t)value);
		return;
	case UARTRSR:
		uart->status = 0;
		return;
	case UARTICR:
		update_fifos(uart, console); /* the write also clears what this raises */
		uart->raw &= (uint16_t)~value;
		return;
	}
	if (offset < UARTILPR || offset > UARTDMACR)
		return;

	uint16_t old = *stored(uart, offset);

	*stored(uart, offset) = value & writable[(offset - UARTILPR) / 4];
	configure(uart);
	if (uart->transmits && uart->above)
		console_wait_tx(console);
	/*
	 * A driver masks the transmit interrupt when it has nothing more to send. Linux does so
	 * after a short line, also if the interrupt was masked already.
	 */
	if (offset == UARTIMSC && !(value & INT_TX))
		end_of_output(uart, console);
	if (offset == UARTLCR_H && old & ~value & LCR_H_FEN) {
		/*
		 * Disabling the FIFOs flushes the receive FIFO. Its characters are still in the
		 * console's ring, and enter the FIFO again.
		 */
		uart->received = 0;
		uart->raw &= (uint16_t) ~(INT_RX | INT_RT);
	}
	if (offset == UARTCR && uart->transmits && uart->held > 0) {
		uart->held = 0;
		console_flush(console);
	}
}

enum mmio_result pl011_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	const struct pl011_config *config = device;
	struct pl011 *uart = config->state;
	bool drain = false;
	uint32_t result;

	(void)vcpu;
	if (size == 8)
		return MMIO_FAULT;
	lock_acquire(&uart->lock);
	update_fifos(uart, console_at(config));
	result = read_register(config, (uint32_t)offset & ~3u, &drain);
	/*
	 * If kicks do not reach this vCPU, the guest's accesses also serve REQUEST_CONSOLE
	 * (REQUESTS_BY_ACCESS).
	 */
	drain |= config->irq.repeat && output_ready(&console_at(config)->tx) > 0;
	update_line(config);
	lock_release(&uart->lock);
	*value = result >> (8 * (offset & 3)) & (size == 1 ? 0xff : 0xffff);
	if (drain)
		console_drain();
	return MMIO_DONE;
}

enum mmio_result pl011_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	const struct pl011_config *config = device;
	struct pl011 *uart = config->state;
	struct console *console = console_at(config);

	(void)vcpu;
	if (size == 8)
		return MMIO_FAULT;
	if (offset & 3)
		return MMIO_DONE; /* no register begins there */
	lock_acquire(&uart->lock);
	uart->polled = false;
	write_register(config, (uint32_t)offset, (uint16_t)value);
	update_fifos(uart, console);
	update_line(config);
	lock_release(&uart->lock);
	/* If the ring is empty, there is nothing to send, and nobody waits for room. */
	if (console_tx_used(console) > 0)
		console_drain();
	return MMIO_DONE;
}

void pl011_serve(const void *device)
{
	const struct pl011_config *config = device;
	struct pl011 *uart = config->state;

	lock_acquire(&uart->lock);
	update_fifos(uart, console_at(config));
	update_line(config);
	lock_release(&uart->lock);
}

void pl011_reset(const void *device)
{
	const struct pl011_config *config = device;
	struct pl011 *uart = config->state;

	/*
	 * Takes the lock, and does not zero it: the pCPU that takes the UART's interrupt may be in
	 * pl011_serve().
	 */
	lock_acquire(&uart->lock);
	irq_line_set(&config->irq, false);
	memset((char *)uart + sizeof(uart->lock), 0, sizeof(*uart) - sizeof(uart->lock));
	*stored(uart, UARTCR) = CR_UARTEN | CR_TXE | CR_RXE;
	*stored(uart, UARTIFLS) = 2 << 3 | 2;
	configure(uart);
	console_flush(console_at(config));
	lock_release(&uart->lock);
}
