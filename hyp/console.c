/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include <stddef.h>

#include "arch.h"
#include "input.h"
#include "lock.h"
#include "monitor.h"
#include "sections.h"
#include "uart.h"
#include "vcpu.h"
#include "vm.h"

#define UART     (&system_config.uart)
#define HW(call) (system_config.uart.driver->call)

/* A longer line goes out in pieces. */
#define LINE_LIMIT (CONSOLE_TX_SIZE / 4)

/* One hold of the lock sends not much more than PASS_LIMIT characters, one console_drain() has not more than PASSES. */
#define PASS_LIMIT 128u
#define PASSES     8u

/* Looks at a UART that makes no progress before it is given up: far more than a character takes. */
#define PATIENCE 1000000u

/* Whose turn it is to send a line: a console by its number, the monitor's too, or, after them, the reports. */
#define REPORTS (system_config.vm_count + 1)
#define TURNS   (system_config.vm_count + 2)

/* `lock` covers the hardware and everything here but the atomics, which are also read without it. */
static SHARED struct {
	struct lock lock;
	_Atomic bool again;          /* somebody has come in vain while the lock was held: look once more */
	_Atomic uint64_t marked;     /* VMs, by bits, whose rings have moved since a holder looked here */
	_Atomic uint32_t interrupts; /* unmasked at the UART: UART_* */
	uint64_t busy; /* VMs that were marked, until a turn of theirs finds nothing: no other is looked at */
	uint32_t sent; /* characters, in all */
	uint32_t turn;
	uint32_t turn_sent; /* bytes of this turn's line */
	uint32_t reporter;  /* the VM whose report is next or under way */
	/* The line on the terminal: whose it is, as 1 + the turn or 0 for nobody's. */
	uint32_t line_owner;
	bool begun;        /* with its name, and what is shown again of it */
	uint32_t prefix;   /* characters of "\r\n", the name and "| " that are out */
	bool open;         /* something follows the last newline */
	_Atomic bool lent; /* the VM that owns the UART has it */
	struct console monitor;
	/* Of the monitor's ring: where its line begins, and what of it has been shown again. */
	uint32_t monitor_line;
	uint32_t monitor_shown;
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

/* Under the UART's lock, but for questions. */

static struct output *reports_of(uint32_t vm)
{
	return &system_config.vms[vm].shared->reports.out;
}

/* Something to send, or a wish. */
static bool has_work(const struct output *output)
{
	return output_ready(output) > 0 || atomic_load_explicit(&output->waits, memory_order_relaxed);
}

/* The first busy VM from `vm` on, or vm_count. */
static uint32_t busy_from(uint32_t vm)
{
	uint64_t left = vm < system_config.vm_count ? uart.busy >> vm : 0;

	return left ? vm + (uint32_t)__builtin_ctzll(left) : system_config.vm_count;
}

/* The reports' turn: those of one VM up to the end of a report, then those of the next that has one, or a wish. */
static struct output *next_report(void)
{
	/* Once around. The VM that is next, and one whose report has ended, may both be found idle. */
	for (uint32_t around = 0; around < 2;) {
		struct output *output = reports_of(uart.reporter);
		uint32_t next = busy_from(uart.reporter + 1);

		if (output_ready(output) > 0 && output_next(output) == '\0')
			output_take(output);
		else if (has_work(output))
			break;
		if (next == system_config.vm_count) {
			next = uart.busy ? busy_from(0) : 0;
			around++;
		}
		uart.reporter = next;
	}
	return reports_of(uart.reporter);
}

static bool send(char c)
{
	if (!HW(put)(UART, c))
		return false;
	uart.sent++;
	uart.open = c != '\n';
	return true;
}

static uint32_t monitor_tail(void)
{
	return atomic_load_explicit(&uart.monitor.tx.tail, memory_order_relaxed);
}

/*
 * Begins a line of its own for this turn, with the VM's name where there are several. What the monitor has on a line
 * that others have cut is shown again, as somebody is typing it. False: no room, call again.
 */
static COLD bool begin_line(void)
{
	bool named = system_config.vm_count > 1 && uart.turn < system_config.vm_count;
	const char *name = named ? system_config.vms[uart.turn].name : "";
	uint32_t length = 0;

	if (uart.line_owner != uart.turn + 1) {
		uart.line_owner = uart.turn + 1;
		uart.begun = false;
		uart.prefix = uart.open ? 0 : 2;
		uart.monitor_shown = uart.monitor_line;
	}
	while (name[length] != '\0')
		length++;
	for (; uart.prefix < 2 + length + (named ? 2 : 0); uart.prefix++) {
		uint32_t at = uart.prefix;

		if (!send(at < 2 ? "\r\n"[at] : at < 2 + length ? name[at - 2] : "| "[at - 2 - length]))
			return false;
	}
	for (; uart.turn == CONSOLE_MONITOR && uart.monitor_shown != monitor_tail(); uart.monitor_shown++)
		if (!send(output_at(&uart.monitor.tx, uart.monitor_shown)))
			return false;
	uart.begun = true;
	return true;
}

/* The line on the terminal is this turn's. False: as above. */
static bool has_line(void)
{
	return (uart.line_owner == uart.turn + 1 && uart.begun) || begin_line();
}

/* The pCPU that is asked to see to the writer of a turn. */
static const struct vcpu_config *writer_of(uint32_t turn)
{
	if (turn == CONSOLE_MONITOR)
		return &system_config.vcpus[UART->vcpu];
	return &system_config.vms[turn < system_config.vm_count ? turn : uart.reporter].vcpus[0];
}

/* Tells the writer of room in its ring, if it wished that and there is some. */
static void tell_room(struct output *output)
{
	/* First the wish is taken, then the ring looked at: it may be filled in between, and wished anew. */
	atomic_exchange_explicit(&output->waits, false, memory_order_acquire);
	/* What is not published of a console is a quarter at most, so that a quarter is free. */
	if (output_ready(output) <= CONSOLE_TX_SIZE / 2)
		vcpu_ask(writer_of(uart.turn), WORK_CONSOLE);
	else
		atomic_store_explicit(&output->waits, true, memory_order_relaxed);
}

/* Sends what is ready of this turn's line. False: the UART has no room for the rest. */
static bool send_line(void)
{
	struct output *output = uart.turn == REPORTS ? next_report() : &console_of(uart.turn)->tx;
	uint32_t limit = uart.turn < system_config.vm_count ? LINE_LIMIT : OUTPUT_SIZE;
	bool room = true;

	for (uint32_t ready = output_ready(output); ready > 0 && uart.turn_sent < limit; ready--) {
		char c = output_next(output);

		if (c == '\0' && uart.turn == REPORTS)
			break;
		room = has_line() && send(c);
		if (!room)
			break;
		output_take(output);
		uart.turn_sent++;
		if (c == '\n') {
			uart.line_owner = 0;
			break;
		}
	}
	if (uart.turn == CONSOLE_MONITOR && uart.turn_sent > 0 && uart.line_owner == 0)
		uart.monitor_line = monitor_tail();
	if (atomic_load_explicit(&output->waits, memory_order_relaxed))
		tell_room(output);
	return room;
}

/* Ends a turn. Returns how many turns the next one is away: those of VMs that are not busy are left out. */
static uint32_t next_turn(void)
{
	uint32_t turn = uart.turn;

	if (turn < system_config.vm_count && uart.turn_sent == 0 && !has_work(reports_of(turn)))
		uart.busy &= ~(1ull << turn);
	uart.turn_sent = 0;
	uart.turn = turn == CONSOLE_MONITOR ? REPORTS : busy_from(turn == REPORTS ? 0 : turn + 1);
	return uart.turn > turn ? uart.turn - turn : uart.turn + TURNS - turn;
}

/* True on the pCPU that takes the UART's interrupt. */
static bool has_uart(const struct vcpu *vcpu)
{
	return vcpu->config == &system_config.vcpus[UART->vcpu];
}

/* The UART's receive interrupt is off, and nothing may ever come of the console that is to be read: look once more. */
static COLD void look_later(bool first)
{
	struct vcpu *vcpu = this_vcpu();

	if (!has_uart(vcpu)) {
		if (first)
			vcpu_ask(&system_config.vcpus[UART->vcpu], WORK_CONSOLE);
	} else if (deadline_of(vcpu, DEADLINE_INPUT) == TIMER_NEVER) {
		deadline_set(vcpu, DEADLINE_INPUT, arch_counter() + arch_counter_frequency() + 1);
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

/* Moves on what can be moved, a line of each in turn. True: there is more, and the UART has room or no interrupt. */
static bool pass(void)
{
	uint32_t start = uart.sent;
	uint32_t idle = 0;
	bool room = true;

	/* acquire pairs with the release in console_drain(): what was written is there */
	uart.busy |= atomic_exchange_explicit(&uart.marked, 0, memory_order_acquire);
	while (idle < TURNS && uart.sent - start < PASS_LIMIT) {
		bool sent;

		room = send_line();
		if (!room)
			break;
		sent = uart.turn_sent > 0;
		idle += next_turn();
		if (sent)
			idle = 0;
	}
	if (UART->owner)
		return idle < TURNS;
	choose_interrupts(room);
	return room && idle < TURNS;
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
	bool deaf = is_deaf();

	if (output_ready(&uart.monitor.tx) > 0 || (deaf && input_selected() == CONSOLE_MONITOR))
		vcpu_ask(writer_of(CONSOLE_MONITOR), WORK_CONSOLE);
	for (uint32_t i = 0; i < system_config.vm_count; i++) {
		const struct vm_shared *shared = system_config.vms[i].shared;

		if (output_ready(&shared->console.tx) > 0 || output_ready(&shared->reports.out) > 0 ||
			(deaf && input_selected() == i))
			vcpu_ask(writer_of(i), WORK_CONSOLE);
	}
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
	uint32_t start = uart.sent, sent = start;

	/* What others write meanwhile is not waited for without end. */
	for (uint32_t i = 0; finish_pass() && i < PATIENCE && sent - start < TURNS * OUTPUT_SIZE; i++) {
		if (sent != uart.sent)
			i = 0;
		sent = uart.sent;
		cpu_relax();
	}
}

/* True if nothing is left of what this pCPU has written: its VM's console, reports, and the monitor. */
static bool is_silent(const struct vcpu *vcpu)
{
	const struct vm_shared *shared = vcpu->vm->shared;

	return output_ready(&shared->console.tx) == 0 && output_ready(&shared->reports.out) == 0 &&
	       (!has_uart(vcpu) || output_ready(&uart.monitor.tx) == 0);
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
	if (atomic_load_explicit(&uart.interrupts, memory_order_relaxed) & UART_TRANSMIT)
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
	lock_acquire(&uart.lock);
	HW(init)(UART);
	uart.open = true; /* what the VM has written last is unknown */
	atomic_store_explicit(&uart.lent, false, memory_order_relaxed);
	lock_release(&uart.lock);
	finish_passes();
}

void console_uart_interrupt(void)
{
	uint32_t number;
	bool fed, more;

	lock_acquire(&uart.lock);
	HW(acknowledge)(UART);
	fed = input_receive();
	number = input_selected();
	more = pass();
	if (leave() || more)
		console_drain();
	if (fed && this_vcpu()->vm != &system_config.vms[number])
		vcpu_ask(writer_of(number), WORK_CONSOLE);
	else if (fed)
		console_work(this_vcpu()->vm);
	monitor_work();
}

void console_work(const struct vm_config *vm)
{
	for (uint32_t i = 0; i < vm->mmio_count; i++) {
		if (vm->mmio[i].work != NULL)
			vm->mmio[i].work(vm->mmio[i].device);
	}
	report_lost();
	if (has_uart(this_vcpu())) {
		monitor_work();
		if (!UART->owner && is_deaf())
			look_later(false);
	}
	console_drain();
}

void console_claim(void)
{
	lock_acquire(&uart.lock);
	uart.line_owner = 0;
}

void console_send(char c)
{
	while (!send(c)) {
		console_let_go();
		cpu_relax();
		console_claim();
	}
}

bool console_seize(void)
{
	for (uint32_t i = 0; i < PATIENCE; i++) {
		if (lock_try(&uart.lock)) {
			uart.line_owner = 0;
			uart.open = false; /* the report begins with a newline */
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
