/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "arch.h"
#include "console.h"
#include "format.h"
#include "lock.h"
#include "sections.h"
#include "uart.h"
#include "vcpu.h"
#include "vm.h"

#define UART     (&system_config.uart)
#define HW(call) (system_config.uart.driver->call)

/* No pass over the rings sends more: the rest is the transmit interrupt's, so that no VM works long for the others. */
#define PASS_LIMIT CONSOLE_TX_SIZE

/* A longer line goes out in pieces. */
#define LINE_LIMIT (CONSOLE_TX_SIZE / 4)

/* `lock` covers the hardware and everything here but the atomics, which are also read without it. */
static SHARED struct {
	struct lock lock;
	_Atomic bool again;          /* somebody has come in vain while the lock was held: look once more */
	_Atomic uint32_t interrupts; /* unmasked at the UART: UART_* */
	uint32_t turn;               /* the VM whose line is next */
	_Atomic uint32_t selected;   /* the VM that gets the input */
	/* The line on the terminal: whose it is, as 1 + the VM's index or 0 for the hypervisor itself. */
	uint32_t owner;
	uint32_t prefix; /* characters of "\r\n", the name and "| " that are out */
	bool open;       /* something follows the last newline */
} uart;

static struct lock report_lock SHARED;

static struct console *console_of(uint32_t vm)
{
	return &system_config.vms[vm].shared->console;
}

static uint32_t unpublished(const struct console *console)
{
	return console->tx_head - atomic_load_explicit(&console->tx_published, memory_order_relaxed);
}

bool console_flush(struct console *console)
{
	if (unpublished(console) == 0)
		return false;
	/* Release, with the acquire in tx_ready(): the bytes are there before the index says so. */
	atomic_store_explicit(&console->tx_published, console->tx_head, memory_order_release);
	return true;
}

void console_put(struct console *console, uint8_t byte, bool hold)
{
	console->tx[console->tx_head % CONSOLE_TX_SIZE] = byte;
	console->tx_head++;
	if (!hold && (system_config.vm_count == 1 || byte == '\n' || unpublished(console) >= LINE_LIMIT))
		console_flush(console);
}

void console_wait_tx(struct console *console)
{
	/* Release: what fills the ring is there. Pairs with the exchange in take_tx_wait(). */
	atomic_store_explicit(&console->tx_waits, true, memory_order_release);
}

uint16_t console_peek(const struct console *console, uint32_t ahead)
{
	uint32_t tail = atomic_load_explicit(&console->rx_tail, memory_order_relaxed);

	return console->rx[(tail + ahead) % CONSOLE_RX_SIZE];
}

void console_remove(struct console *console)
{
	uint32_t tail = atomic_load_explicit(&console->rx_tail, memory_order_relaxed);

	/* Release, with the acquire in rx_free(): the character has been read before it is overwritten. */
	atomic_store_explicit(&console->rx_tail, tail + 1, memory_order_release);
}

/* The consumer's side of the TX rings and the producer's of the RX rings: under the UART's lock, but for questions. */

static uint32_t tx_ready(const struct console *console)
{
	return atomic_load_explicit(&console->tx_published, memory_order_acquire) -
	       atomic_load_explicit(&console->tx_tail, memory_order_relaxed);
}

static uint32_t rx_free(const struct console *console)
{
	return CONSOLE_RX_SIZE - (atomic_load_explicit(&console->rx_head, memory_order_relaxed) -
					 atomic_load_explicit(&console->rx_tail, memory_order_acquire));
}

static bool send(char c)
{
	if (!HW(put)(UART, c))
		return false;
	uart.open = c != '\n';
	return true;
}

/* Puts the name of VM `vm` before its line, on a line of its own. False: no room, call again. */
static bool send_prefix(uint32_t vm)
{
	const char *name = system_config.vms[vm].name;
	uint32_t length = 0;

	if (uart.owner != vm + 1) {
		uart.owner = vm + 1;
		uart.prefix = uart.open ? 0 : 2;
	}
	while (name[length] != '\0')
		length++;
	for (; uart.prefix < 2 + length + 2; uart.prefix++) {
		uint32_t at = uart.prefix;

		if (!send(at < 2 ? "\r\n"[at] : at < 2 + length ? name[at - 2] : "| "[at - 2 - length]))
			return false;
	}
	return true;
}

/* Tells the device model of a VM of room in its ring, if it wished that and there is some. */
static void tell_room(uint32_t vm)
{
	struct console *console = console_of(vm);

	/* First the wish is taken, then the ring looked at: it may be filled in between, and wished anew. */
	atomic_exchange_explicit(&console->tx_waits, false, memory_order_acquire);
	/* What is not published is a quarter at most, so that a quarter is free. */
	if (tx_ready(console) <= CONSOLE_TX_SIZE / 2)
		vcpu_ask(&system_config.vms[vm].vcpus[0], WORK_CONSOLE);
	else
		atomic_store_explicit(&console->tx_waits, true, memory_order_relaxed);
}

/* Sends what is ready of one VM, to the end of a line at most. False: no room. */
static bool send_line(uint32_t vm, uint32_t *sent)
{
	struct console *console = console_of(vm);
	bool room = true;

	for (uint32_t ready = tx_ready(console); ready > 0 && *sent < PASS_LIMIT; ready--) {
		uint32_t tail = atomic_load_explicit(&console->tx_tail, memory_order_relaxed);
		char c = (char)console->tx[tail % CONSOLE_TX_SIZE];

		room = (system_config.vm_count == 1 || send_prefix(vm)) && send(c);
		if (!room)
			break;
		/* Release: the byte has been read. Pairs with console_tx_used(). */
		atomic_store_explicit(&console->tx_tail, tail + 1, memory_order_release);
		++*sent;
		uart.owner = c == '\n' ? 0 : vm + 1;
		if (c == '\n')
			break;
	}
	if (atomic_load_explicit(&console->tx_waits, memory_order_relaxed))
		tell_room(vm);
	return room;
}

/* Moves what has arrived into the ring of the selected VM. True: something has. */
static bool receive(void)
{
	struct console *console = console_of(atomic_load_explicit(&uart.selected, memory_order_relaxed));
	bool any = false;
	int character;

	while (rx_free(console) > 0 && (character = HW(get)(UART)) >= 0) {
		uint32_t head = atomic_load_explicit(&console->rx_head, memory_order_relaxed);

		console->rx[head % CONSOLE_RX_SIZE] = (uint16_t)character;
		/* Release: the character is there. Pairs with console_rx_used(). */
		atomic_store_explicit(&console->rx_head, head + 1, memory_order_release);
		any = true;
	}
	return any;
}

/* Moves on what can be moved, one line of each VM in turn, and leaves the rest to the interrupt. */
static void pass(void)
{
	uint32_t now = atomic_load_explicit(&uart.interrupts, memory_order_relaxed);
	uint32_t free = rx_free(console_of(atomic_load_explicit(&uart.selected, memory_order_relaxed)));
	uint32_t next = now & UART_RECEIVE;
	uint32_t sent = 0;
	uint32_t idle = 0;

	while (idle < system_config.vm_count && sent < PASS_LIMIT) {
		uint32_t before = sent;

		if (!send_line(uart.turn, &sent))
			break;
		idle = sent == before ? idle + 1 : 0;
		uart.turn = uart.turn + 1 < system_config.vm_count ? uart.turn + 1 : 0;
	}
	if (free == 0)
		next = 0;
	else if (free >= CONSOLE_RX_SIZE / 2)
		next = UART_RECEIVE;
	if (idle < system_config.vm_count)
		next |= UART_TRANSMIT;
	if (next == now)
		return;
	HW(interrupts)(UART, next);
	atomic_store_explicit(&uart.interrupts, next, memory_order_relaxed);
	/* Who has relied on the transmit interrupt has not come: look in their place. */
	if (now & ~next & UART_TRANSMIT)
		atomic_store_explicit(&uart.again, true, memory_order_relaxed);
}

/*
 * Releases the lock. A producer writes its ring or its wish, then looks whether somebody will see to it: the transmit
 * interrupt, or a holder of the lock. A holder first says that it is leaving, then looks whether somebody has come.
 * With a fence between the two on both sides, one of them at least sees the other. True: somebody has come.
 */
static bool leave(void)
{
	lock_release(&uart.lock);
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(&uart.again, memory_order_relaxed);
}

void console_drain(void)
{
	atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in leave() */
	if (atomic_load_explicit(&uart.interrupts, memory_order_relaxed) & UART_TRANSMIT)
		return;
	do {
		if (!lock_try(&uart.lock)) {
			/* Release: what was written is there. An exchange, so that it holds for all who came. */
			atomic_exchange_explicit(&uart.again, true, memory_order_release);
			atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in leave() */
			if (!lock_try(&uart.lock))
				return;
		}
		atomic_exchange_explicit(&uart.again, false, memory_order_acquire);
		pass();
	} while (leave());
}

void console_init(void)
{
	HW(init)(UART);
	HW(interrupts)(UART, UART_RECEIVE);
	atomic_store_explicit(&uart.interrupts, UART_RECEIVE, memory_order_relaxed);
}

void console_uart_interrupt(void)
{
	const struct vm_config *vm = &system_config.vms[atomic_load_explicit(&uart.selected, memory_order_relaxed)];
	bool received;

	lock_acquire(&uart.lock);
	HW(acknowledge)(UART);
	received = receive();
	pass();
	if (leave())
		console_drain();
	if (!received)
		return;
	if (this_vcpu()->vm == vm)
		console_work(vm);
	else
		vcpu_ask(&vm->vcpus[0], WORK_CONSOLE);
}

void console_work(const struct vm_config *vm)
{
	for (uint32_t i = 0; i < vm->mmio_count; i++) {
		if (vm->mmio[i].work != NULL)
			vm->mmio[i].work(vm->mmio[i].device);
	}
}

static void put_locked(char c)
{
	if (c == '\n')
		put_locked('\r');
	while (!send(c))
		cpu_relax();
}

static void put_raw(char c)
{
	if (c == '\n')
		put_raw('\r');
	while (!HW(put)(UART, c))
		cpu_relax();
}

void print_va(const char *format, va_list arguments)
{
	lock_acquire(&uart.lock);
	if (uart.open && uart.owner != 0)
		put_locked('\n');
	uart.owner = 0;
	format_va(put_locked, format, arguments);
	if (leave())
		console_drain();
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_va(format, arguments);
	va_end(arguments);
}

void report_begin(void)
{
	lock_acquire(&report_lock);
}

void report_end(void)
{
	lock_release(&report_lock);
}

void print_raw_va(const char *format, va_list arguments)
{
	format_va(put_raw, format, arguments);
}

void print_raw(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_raw_va(format, arguments);
	va_end(arguments);
}
