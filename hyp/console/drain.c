/* SPDX-License-Identifier: Apache-2.0 */
#include "console/drain.h"

#include <stddef.h>

#include "arch.h"
#include "console/input.h"
#include "console/ring.h"
#include "console/terminal.h"
#include "console/uart_lock.h"
#include "cpu/vcpu.h"
#include "sections.h"
#include "uart/uart.h"
#include "vm/vm_shared.h"

#define UART     (&system_config.uart)
#define HW(call) (system_config.uart.driver->call)

/* Passes of one console_drain(), at most. */
#define PASSES 8u

/* Looks at a UART that makes no progress before it is given up: far more than a character takes. */
#define PATIENCE 1000000u

struct uart_lock uart_lock SHARED;

/* Also read without the lock. */
static SHARED struct {
	_Atomic bool again; /* somebody has come in vain while the lock was held: look once more */
	_Atomic uint64_t
		marked; /* VMs, by bits, whose rings have moved since a holder looked here */
	_Atomic uint32_t interrupts; /* unmasked at the UART: UART_* */
	_Atomic bool left; /* what a VM has written that cannot be called: see to it in a while */
} draining;

static const struct output *monitor_output(void)
{
	return &console_of(CONSOLE_MONITOR)->tx;
}

bool console_is_of(const struct vcpu *vcpu)
{
	return vcpu != NULL && vcpu->config == &system_config.vcpus[UART->vcpu];
}

/*
 * Nothing may ever come of those whose the console is: to read, so that the UART's receive
 * interrupt is off, or to send what is left. The pCPU with the UART looks once more.
 */
static COLD void look_later(bool first)
{
	struct vcpu *vcpu = this_vcpu();

	if (!console_is_of(vcpu)) {
		if (first)
			vcpu_request(&system_config.vcpus[UART->vcpu], REQUEST_CONSOLE);
	} else if (deadline_of(vcpu, DEADLINE_CONSOLE) == TIMER_NEVER) {
		deadline_set(vcpu, DEADLINE_CONSOLE, arch_counter() + arch_counter_frequency() + 1);
	}
}

/*
 * Asks for the interrupts that input and what is left to send need. `room`: nothing is left for
 * want of it.
 */
static void choose_interrupts(bool room)
{
	uint32_t now = atomic_load_explicit(&draining.interrupts, memory_order_relaxed);
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
	atomic_store_explicit(&draining.interrupts, next, memory_order_relaxed);
	/* Who has relied on the transmit interrupt has not come: look in their place. */
	if (now & ~next & UART_TRANSMIT)
		atomic_store_explicit(&draining.again, true, memory_order_relaxed);
}

/* A pass over all lines. True: there is more, and the UART has room or no interrupt. */
static bool pass(void)
{
	/* acquire pairs with the release in console_drain(): what was written is there */
	uint64_t marked = atomic_exchange_explicit(&draining.marked, 0, memory_order_acquire);
	bool room, more = terminal_pass(marked, &room);

	if (UART->owner)
		return more;
	choose_interrupts(room);
	return room && more;
}

/*
 * Releases the lock. A producer writes its ring or its wish, then looks whether somebody will see
 * to it: the transmit interrupt, or a holder of the lock. A holder first says that it is leaving,
 * then looks whether somebody has come. With a fence between the two on both sides, one of them at
 * least sees the other. True: somebody has come.
 */
static bool leave(void)
{
	lock_release(&uart_lock.lock);
	atomic_thread_fence(memory_order_seq_cst);
	/* acquire pairs with the release in console_drain(), for hand_over() */
	return atomic_load_explicit(&draining.again, memory_order_acquire);
}

static bool receive_is_masked(void)
{
	return !(atomic_load_explicit(&draining.interrupts, memory_order_relaxed) & UART_RECEIVE);
}

/*
 * Leaves what is ready to the pCPUs of those who wrote it, so that a flood of one VM holds up none
 * of another.
 */
static void hand_over(void)
{
	/* Whoever has read enough for more to come in may have been kept from saying so. */
	bool masked = receive_is_masked() &&
	              console_rx_used(console_of(input_selected())) <= CONSOLE_RX_SIZE / 2;
	bool left = false;

	if (output_ready(monitor_output()) > 0 || output_wants_room(monitor_output()) ||
		(masked && input_selected() == CONSOLE_MONITOR))
		vcpu_request(terminal_writer(CONSOLE_MONITOR), REQUEST_CONSOLE);
	for (uint32_t i = 0; i < system_config.vm_count; i++) {
		const struct vm_shared *shared = system_config.vms[i].shared;
		bool output = output_ready(&shared->console.tx) > 0 ||
		              output_ready(&shared->reports.out) > 0;

		if (output || (masked && input_selected() == i))
			vcpu_request(terminal_writer(i), REQUEST_CONSOLE);
		left |= output && !arch_kick_reaches(terminal_writer(i));
	}
	if (left && !atomic_exchange_explicit(&draining.left, true, memory_order_relaxed))
		look_later(true);
}

static bool is_lent(void)
{
	/* relaxed: it changes while the VM that has the UART does not run, on one of its pCPUs */
	return atomic_load_explicit(&uart_lock.lent, memory_order_relaxed);
}

/* True if something is left that may still go out. */
static bool finish_pass(void)
{
	bool left = false;

	lock_acquire(&uart_lock.lock);
	if (!is_lent())
		left = pass() ||
		       atomic_load_explicit(&draining.interrupts, memory_order_relaxed) &
		               UART_TRANSMIT ||
		       !HW(idle)(UART);
	lock_release(&uart_lock.lock);
	return left;
}

void console_finish(void)
{
	uint32_t start = terminal_sent(), sent = start;

	/* What others write meanwhile is not waited for without end. */
	for (uint32_t i = 0; finish_pass() && i < PATIENCE && sent - start < TURNS * OUTPUT_SIZE;
		i++) {
		if (sent != terminal_sent())
			i = 0;
		sent = terminal_sent();
		cpu_relax();
	}
}

/*
 * True if nothing is left of what this pCPU has written: its VM's console, reports, and the
 * monitor.
 */
static bool is_silent(const struct vcpu *vcpu)
{
	const struct vm_shared *shared = vcpu->vm->shared;

	return output_ready(&shared->console.tx) == 0 && output_ready(&shared->reports.out) == 0 &&
	       (!console_is_of(vcpu) || output_ready(monitor_output()) == 0);
}

/*
 * True if this pCPU's VM has much to say. It then looks itself whether the UART has room: the pCPU
 * that takes its interrupt may be long about something else, as loading its own VM's images is.
 */
static bool is_pressed(const struct vcpu *vcpu)
{
	return vcpu != NULL && output_ready(&vcpu->vm->shared->console.tx) >= CONSOLE_TX_SIZE / 2;
}

void console_drain(void)
{
	const struct vcpu *vcpu = this_vcpu();

	if (vcpu != NULL) /* release pairs with the acquire in pass() */
		atomic_fetch_or_explicit(
			&draining.marked, 1ull << vcpu->vm->index, memory_order_release);
	if (UART->owner) {
		/*
		 * What there is no room for waits until somebody writes again, or console_regain().
		 */
		for (uint32_t i = 0; i < PASSES && finish_pass(); i++)
			cpu_relax();
		return;
	}
	atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in leave() */
	if (atomic_load_explicit(&draining.interrupts, memory_order_relaxed) & UART_TRANSMIT &&
		!is_pressed(vcpu))
		return;
	for (uint32_t i = 0; i < PASSES; i++) {
		bool more;

		if (!lock_try(&uart_lock.lock)) {
			/*
			 * Release: what was written is there. An exchange, so that it holds for all
			 * who came.
			 */
			atomic_exchange_explicit(&draining.again, true, memory_order_release);
			atomic_thread_fence(
				memory_order_seq_cst); /* pairs with the one in leave() */
			if (!lock_try(&uart_lock.lock))
				return;
		}
		atomic_exchange_explicit(&draining.again, false, memory_order_acquire);
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
	atomic_store_explicit(&draining.interrupts, UART_RECEIVE, memory_order_relaxed);
}

bool console_uart_interrupt(void)
{
	uint32_t number;
	bool fed, more;

	atomic_store_explicit(&draining.left, false, memory_order_relaxed);
	lock_acquire(&uart_lock.lock);
	HW(acknowledge)(UART);
	fed = input_receive();
	number = input_selected();
	more = pass();
	if (leave() || more)
		console_drain();
	if (!fed || this_vcpu()->vm == &system_config.vms[number])
		return fed;
	vcpu_request(terminal_writer(number), REQUEST_DEVICES);
	return false;
}

void console_serve(void)
{
	if (console_is_of(this_vcpu()) && !UART->owner &&
		(receive_is_masked() || atomic_load_explicit(&draining.left, memory_order_relaxed)))
		look_later(false);
	console_drain();
}
