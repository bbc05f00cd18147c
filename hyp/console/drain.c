/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves text from the rings to the UART: who does it, which interrupts the UART needs, and who goes
 * on if one pCPU has sent enough.
 */
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

/* The most passes that one console_drain() makes. */
#define PASSES 8u

/* Looks at a UART before console_finish() gives up: far more than it takes to send a character. */
#define PATIENCE 1000000u

struct uart_lock uart_lock SHARED;

/* Also read, and partly written, without the UART's lock. */
static SHARED struct {
	/* A pCPU found the lock taken: its holder has to look at the rings once more. */
	_Atomic bool again;
	/* A bit for each VM whose rings have moved since a pass last looked here. */
	_Atomic uint64_t marked;
	/* The interrupts that are unmasked at the UART: UART_*. The holder of the lock sets it. */
	_Atomic uint32_t interrupts;
	/* Text is left to a VM that kicks do not reach: look again in a second. */
	_Atomic bool left;
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
 * Makes the pCPU that takes the UART's interrupt look at the rings again in a second. It is needed
 * while input or text depends on a VM that may never act: input that the VM does not read, so that
 * the receive interrupt is masked, or text that was left to it. `first`: this has just begun, so a
 * pCPU without the UART's interrupt asks the one that has it.
 */
static void look_later(bool first)
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
 * Unmasks the interrupts of the UART that are needed. Receive: until the selected console's ring is
 * full, and again once half of it is free. Transmit: unless `room`, that is, while text waits for
 * room in the UART.
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
	/*
	 * pCPUs that saw the transmit interrupt unmasked have left their text to it. It is masked
	 * now, so the holder of the lock has to look for that text.
	 */
	if (now & ~next & UART_TRANSMIT)
		atomic_store_explicit(&draining.again, true, memory_order_relaxed);
}

/*
 * Makes a pass over all rings. Returns true if there is more to send and no interrupt will see to
 * it: the UART has room, or EL2 does not get its interrupt.
 */
static bool pass(void)
{
	/* Acquire pairs with the release in console_drain(): this pCPU sees what was written. */
	uint64_t marked = atomic_exchange_explicit(&draining.marked, 0, memory_order_acquire);
	bool room, more = terminal_pass(marked, &room);

	if (UART->owner)
		return more;
	choose_interrupts(room);
	return room && more;
}

/*
 * Releases the UART's lock. Returns true if another pCPU has found it taken meanwhile.
 *
 * A pCPU that has text, or waits for room, first writes that to its ring, and then looks whether
 * somebody will see to it: the transmit interrupt, or a holder of the lock. A holder first releases
 * the lock, and then looks whether another pCPU has come (`again`). Both have a fence between the
 * two steps, so at least one of them sees the other.
 */
static bool leave(void)
{
	lock_release(&uart_lock.lock);
	atomic_thread_fence(memory_order_seq_cst);
	/* Acquire pairs with the release in console_drain(): hand_over() sees what was written. */
	return atomic_load_explicit(&draining.again, memory_order_acquire);
}

static bool receive_is_masked(void)
{
	return !(atomic_load_explicit(&draining.interrupts, memory_order_relaxed) & UART_RECEIVE);
}

/*
 * Leaves the text that is ready to the pCPUs of the VMs that wrote it, so that no pCPU spends its
 * time on the flood of another VM.
 */
static void hand_over(void)
{
	/*
	 * The VM may have read enough for the receive interrupt to be unmasked, but have found the
	 * lock taken. It is asked to come again.
	 */
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
	/* Relaxed: only pCPUs of the VM that owns the UART set it, while that VM does not run. */
	return atomic_load_explicit(&uart_lock.lent, memory_order_relaxed);
}

/* Makes a pass. Returns true if text, or characters in the UART, may still go out. */
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

	/* Others may write all the time: waits for no more than the rings can hold. */
	for (uint32_t i = 0; finish_pass() && i < PATIENCE && sent - start < TURNS * OUTPUT_SIZE;
		i++) {
		if (sent != terminal_sent())
			i = 0;
		sent = terminal_sent();
		cpu_relax();
	}
}

/*
 * True if nothing is left of what this pCPU may have written: output of its VM, reports, and output
 * of the monitor.
 */
static bool is_silent(const struct vcpu *vcpu)
{
	const struct vm_shared *shared = vcpu->vm->shared;

	return output_ready(&shared->console.tx) == 0 && output_ready(&shared->reports.out) == 0 &&
	       (!console_is_of(vcpu) || output_ready(monitor_output()) == 0);
}

/*
 * True if half a ring of this pCPU's VM waits. The pCPU then looks itself whether the UART has
 * room, because the pCPU that takes the UART's interrupt may be busy for long: with loading the
 * images of its own VM, for example.
 */
static bool is_pressed(const struct vcpu *vcpu)
{
	return vcpu != NULL && output_ready(&vcpu->vm->shared->console.tx) >= CONSOLE_TX_SIZE / 2;
}

void console_drain(void)
{
	const struct vcpu *vcpu = this_vcpu();

	if (vcpu != NULL) /* Release pairs with the acquire in pass(). */
		atomic_fetch_or_explicit(
			&draining.marked, 1ull << vcpu->vm->index, memory_order_release);
	if (UART->owner) {
		/*
		 * EL2 does not get the UART's interrupt: text that finds no room waits for the next
		 * call, or for console_regain().
		 */
		for (uint32_t i = 0; i < PASSES && finish_pass(); i++)
			cpu_relax();
		return;
	}
	atomic_thread_fence(memory_order_seq_cst); /* Pairs with the one in leave(). */
	if (atomic_load_explicit(&draining.interrupts, memory_order_relaxed) & UART_TRANSMIT &&
		!is_pressed(vcpu))
		return;
	for (uint32_t i = 0; i < PASSES; i++) {
		bool more;

		if (!lock_try(&uart_lock.lock)) {
			/*
			 * Release pairs with the acquires of `again` below and in leave(): the
			 * holder sees what was written. An exchange and no store, so that this also
			 * holds for pCPUs that set `again` before (C11: release sequence).
			 */
			atomic_exchange_explicit(&draining.again, true, memory_order_release);
			/* Pairs with the one in leave(). */
			atomic_thread_fence(memory_order_seq_cst);
			if (!lock_try(&uart_lock.lock))
				return;
		}
		atomic_exchange_explicit(&draining.again, false, memory_order_acquire);
		more = pass();
		if (!leave() && !more)
			return;
		if (vcpu != NULL && is_silent(vcpu))
			break; /* all that is left is other VMs' text */
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
