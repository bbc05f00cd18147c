/* SPDX-License-Identifier: Apache-2.0 */
#include "console/console.h"

#include <stddef.h>

#include "arch.h"
#include "console/input.h"
#include "console/terminal.h"
#include "lib/lock.h"
#include "sections.h"
#include "uart/uart.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define UART     (&system_config.uart)
#define HW(call) (system_config.uart.driver->call)

/* Passes of one console_drain(), at most. */
#define PASSES 8u

/* Looks at a UART that makes no progress before it is given up: far more than a character takes. */
#define PATIENCE 1000000u

/* `lock` covers the hardware, the terminal and everything here but the atomics, which are also read without it. */
static SHARED struct {
	struct lock lock;
	_Atomic bool again;          /* somebody has come in vain while the lock was held: look once more */
	_Atomic uint64_t marked;     /* VMs, by bits, whose rings have moved since a holder looked here */
	_Atomic uint32_t interrupts; /* unmasked at the UART: UART_* */
	_Atomic bool left;           /* what a VM has written that cannot be called: see to it in a while */
	_Atomic bool lent;           /* the VM that owns the UART has it */
	struct console monitor;
} uart;

struct console *console_of(uint32_t number)
{
	return number < system_config.vm_count ? &system_config.vms[number].shared->console : &uart.monitor;
}

bool console_flush(struct console *console)
{
	return output_publish(&console->tx);
}

void console_put(struct console *console, uint8_t byte, bool hold)
{
	output_put(&console->tx, byte);
	if (!hold && (system_config.vm_count == 1 || byte == '\n' || output_unpublished(&console->tx) >= LINE_LIMIT))
		console_flush(console);
}

uint16_t console_peek(const struct console *console, uint32_t ahead)
{
	uint32_t tail = atomic_load_explicit(&console->rx_tail, memory_order_relaxed);

	return console->rx[(tail + ahead) % CONSOLE_RX_SIZE];
}

void console_remove(struct console *console)
{
	uint32_t tail = atomic_load_explicit(&console->rx_tail, memory_order_relaxed);

	/* Release, with the acquire in deliver(): the character has been read before it is overwritten. */
	atomic_store_explicit(&console->rx_tail, tail + 1, memory_order_release);
}

bool console_is_of(const struct vcpu *vcpu)
{
	return vcpu != NULL && vcpu->config == &system_config.vcpus[UART->vcpu];
}

/*
 * Nothing may ever come of those whose the console is: to read, so that the UART's receive interrupt is off, or to send
 * what is left. The pCPU with the UART looks once more.
 */
static COLD void look_later(bool first)
{
	struct vcpu *vcpu = this_vcpu();

	if (!console_is_of(vcpu)) {
		if (first)
			vcpu_ask(&system_config.vcpus[UART->vcpu], WORK_CONSOLE);
	} else if (deadline_of(vcpu, DEADLINE_CONSOLE) == TIMER_NEVER) {
		deadline_set(vcpu, DEADLINE_CONSOLE, arch_counter() + arch_counter_frequency() + 1);
	}
}

/* Asks for the interrupts that input and what is left to send need. `room`: nothing is left for want of it. */
static void choose_interrupts(bool room)
{
	uint32_t now = atomic_load_explicit(&uart.interrupts, memory_order_relaxed);
	uint32_t free = input_free();
	uint32_t next = now & UART_RECEIVE;

	if (free == 0)
		next = 0;
	else if (free >= CONSOLE_RX_SIZE / 2)
		next = UART_RECEIVE;
	if (!(next & UART_RECEIVE))
		look_later(now & UART_RECEIVE);
	if (!room)
		next |= UART_TRANSMIT;
	if (next == now)
		return;
	HW(interrupts)(UART, next);
	atomic_store_explicit(&uart.interrupts, next, memory_order_relaxed);
	/* Who has relied on the transmit interrupt has not come: look in their place. */
	if (now & ~next & UART_TRANSMIT)
		atomic_store_explicit(&uart.again, true, memory_order_relaxed);
}

/* A pass over all lines. True: there is more, and the UART has room or no interrupt. */
static bool pass(void)
{
	/* acquire pairs with the release in console_drain(): what was written is there */
	uint64_t marked = atomic_exchange_explicit(&uart.marked, 0, memory_order_acquire);
	bool room, more = terminal_pass(marked, &room);

	if (UART->owner)
		return more;
	choose_interrupts(room);
	return room && more;
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
	/* acquire pairs with the release in console_drain(), for hand_over() */
	return atomic_load_explicit(&uart.again, memory_order_acquire);
}

static bool is_deaf(void)
{
	return !(atomic_load_explicit(&uart.interrupts, memory_order_relaxed) & UART_RECEIVE);
}

/* Leaves what is ready to the pCPUs of those who wrote it, so that a flood of one VM holds up none of another. */
static void hand_over(void)
{
	/* Whoever has read enough for more to come in may have been kept from saying so. */
	bool deaf = is_deaf() && console_rx_used(console_of(input_selected())) <= CONSOLE_RX_SIZE / 2;
	bool left = false;

	if (output_ready(&uart.monitor.tx) > 0 || output_awaited(&uart.monitor.tx) ||
		(deaf && input_selected() == CONSOLE_MONITOR))
		vcpu_ask(terminal_writer(CONSOLE_MONITOR), WORK_CONSOLE);
	for (uint32_t i = 0; i < system_config.vm_count; i++) {
		const struct vm_shared *shared = system_config.vms[i].shared;
		bool output = output_ready(&shared->console.tx) > 0 || output_ready(&shared->reports.out) > 0;

		if (output || (deaf && input_selected() == i))
			vcpu_ask(terminal_writer(i), WORK_CONSOLE);
		left |= output && !arch_comes(terminal_writer(i));
	}
	if (left && !atomic_exchange_explicit(&uart.left, true, memory_order_relaxed))
		look_later(true);
}

static bool is_lent(void)
{
	/* relaxed: it changes while the VM that has the UART does not run, on one of its pCPUs */
	return atomic_load_explicit(&uart.lent, memory_order_relaxed);
}

/* True if something is left that may still go out. */
static bool finish_pass(void)
{
	bool left = false;

	lock_acquire(&uart.lock);
	if (!is_lent())
		left = pass() || atomic_load_explicit(&uart.interrupts, memory_order_relaxed) & UART_TRANSMIT ||
		       !HW(idle)(UART);
	lock_release(&uart.lock);
	return left;
}

static void finish_passes(void)
{
	uint32_t start = terminal_sent(), sent = start;

	/* What others write meanwhile is not waited for without end. */
	for (uint32_t i = 0; finish_pass() && i < PATIENCE && sent - start < TURNS * OUTPUT_SIZE; i++) {
		if (sent != terminal_sent())
			i = 0;
		sent = terminal_sent();
		cpu_relax();
	}
}

/* True if nothing is left of what this pCPU has written: its VM's console, reports, and the monitor. */
static bool is_silent(const struct vcpu *vcpu)
{
	const struct vm_shared *shared = vcpu->vm->shared;

	return output_ready(&shared->console.tx) == 0 && output_ready(&shared->reports.out) == 0 &&
	       (!console_is_of(vcpu) || output_ready(&uart.monitor.tx) == 0);
}

/*
 * True if this pCPU's VM has much to say. It then looks itself whether the UART has room: the pCPU that takes its
 * interrupt may be long about something else, as loading its own VM's images is.
 */
static bool is_pressed(const struct vcpu *vcpu)
{
	return vcpu != NULL && output_ready(&vcpu->vm->shared->console.tx) >= CONSOLE_TX_SIZE / 2;
}

void console_drain(void)
{
	const struct vcpu *vcpu = this_vcpu();

	if (vcpu != NULL) /* release pairs with the acquire in pass() */
		atomic_fetch_or_explicit(&uart.marked, 1ull << vcpu->vm->index, memory_order_release);
	if (UART->owner) {
		/* What there is no room for waits until somebody writes again, or console_regain(). */
		for (uint32_t i = 0; i < PASSES && finish_pass(); i++)
			cpu_relax();
		return;
	}
	atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in leave() */
	if (atomic_load_explicit(&uart.interrupts, memory_order_relaxed) & UART_TRANSMIT && !is_pressed(vcpu))
		return;
	for (uint32_t i = 0; i < PASSES; i++) {
		bool more;

		if (!lock_try(&uart.lock)) {
			/* Release: what was written is there. An exchange, so that it holds for all who came. */
			atomic_exchange_explicit(&uart.again, true, memory_order_release);
			atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in leave() */
			if (!lock_try(&uart.lock))
				return;
		}
		atomic_exchange_explicit(&uart.again, false, memory_order_acquire);
		more = pass();
		if (!leave() && !more)
			return;
		if (vcpu != NULL && is_silent(vcpu))
			break; /* the rest is what others have to say */
	}
	hand_over();
}

void console_init(void)
{
	input_init();
	HW(init)(UART);
	if (UART->owner)
		return;
	HW(interrupts)(UART, UART_RECEIVE);
	atomic_store_explicit(&uart.interrupts, UART_RECEIVE, memory_order_relaxed);
}

void console_lend(const struct vm_config *vm)
{
	if (vm != UART->owner)
		return;
	finish_passes();
	lock_acquire(&uart.lock);
	atomic_store_explicit(&uart.lent, true, memory_order_relaxed);
	lock_release(&uart.lock);
}

void console_regain(const struct vm_config *vm)
{
	if (vm != UART->owner)
		return;
	if (is_lent()) {
		/* Before the lock: it waits for the UART, which nobody else touches meanwhile. */
		HW(init)(UART);
		lock_acquire(&uart.lock);
		terminal_is_open(true); /* what the VM has written last is unknown */
		atomic_store_explicit(&uart.lent, false, memory_order_relaxed);
		lock_release(&uart.lock);
	}
	finish_passes();
}

bool console_uart_interrupt(void)
{
	uint32_t number;
	bool fed, more;

	atomic_store_explicit(&uart.left, false, memory_order_relaxed);
	lock_acquire(&uart.lock);
	HW(acknowledge)(UART);
	fed = input_receive();
	number = input_selected();
	more = pass();
	if (leave() || more)
		console_drain();
	if (!fed || this_vcpu()->vm == &system_config.vms[number])
		return fed;
	vcpu_ask(terminal_writer(number), WORK_DEVICES);
	return false;
}

void console_work(void)
{
	if (console_is_of(this_vcpu()) && !UART->owner &&
		(is_deaf() || atomic_load_explicit(&uart.left, memory_order_relaxed)))
		look_later(false);
	console_drain();
}

void console_claim(void)
{
	lock_acquire(&uart.lock);
	terminal_break();
}

void console_send(char c)
{
	while (!terminal_send(c)) {
		console_let_go();
		cpu_relax();
		console_claim();
	}
}

bool console_seize(void)
{
	for (uint32_t i = 0; i < PATIENCE; i++) {
		if (lock_try(&uart.lock)) {
			terminal_break();
			terminal_is_open(false); /* the report begins with a newline */
			return true;
		}
		cpu_relax();
	}
	return false;
}

void console_let_go(void)
{
	lock_release(&uart.lock);
}

void console_finish(void)
{
	finish_passes();
	for (uint32_t i = 0; i < system_config.vm_count; i++) {
		const struct vm_config *vm = &system_config.vms[i];
		uint32_t lost = atomic_exchange_explicit(&vm->shared->reports.lost, 0, memory_order_relaxed);

		if (lost > 0)
			print("%s: %u lines lost here\n", vm->name, lost);
	}
	finish_passes();
}
