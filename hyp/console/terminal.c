/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses whose line the UART gets next, and writes the VM's name in front of it. */
#include "console/terminal.h"

#include "console/ring.h"
#include "cpu/vcpu.h"
#include "sections.h"
#include "speed.h"
#include "uart/uart.h"
#include "vm/vm_shared.h"

/* The number of the reports' turn, the last one. */
#define REPORTS (TURNS - 1)

/* Under the UART's lock. */
static SHARED struct {
	/*
	 * A bit for each VM: set when its rings have moved, cleared when a turn of it finds nothing
	 * to do. VMs without their bit get no turn.
	 */
	uint64_t busy;
	uint32_t sent; /* characters sent so far */
	uint32_t turn;
	uint32_t turn_sent; /* bytes sent of this turn's line */
	uint32_t reporter;  /* the VM whose report is next or under way */
	/* Whose line the terminal shows: 1 + the turn, or 0 if nobody's. */
	uint32_t line_owner;
	bool begun;      /* begin_line() is done for this line */
	uint32_t prefix; /* characters sent of "\r\n", the name and "| " */
	bool open;       /* characters were sent after the last newline */
	/*
	 * Indices of the monitor's ring: where its line begins, and up to where it is shown again.
	 */
	uint32_t monitor_line;
	uint32_t monitor_shown;
} terminal;

static struct output *reports_of(uint32_t vm)
{
	return &system_config.vms[vm].shared->reports.out;
}

/* True if there is something to send, or if the writer waits for room. */
static bool needs_turn(const struct output *output)
{
	return output_ready(output) > 0 ||
	       atomic_load_explicit(&output->wants_room, memory_order_relaxed);
}

/* The first busy VM from `vm` on, or vm_count. */
static uint32_t busy_from(uint32_t vm)
{
	uint64_t left = vm < system_config.vm_count ? terminal.busy >> vm : 0;

	return left ? vm + (uint32_t)__builtin_ctzll(left) : system_config.vm_count;
}

/*
 * The ring for the reports' turn. It stays with one VM up to the end of a report, then goes on to
 * the next VM that has a report, or whose writer waits for room.
 */
static struct output *next_report(void)
{
	/*
	 * Passing the last VM twice is at least one full round. If no VM has anything, the ring
	 * that is returned has nothing to send.
	 */
	for (uint32_t around = 0; around < 2;) {
		struct output *output = reports_of(terminal.reporter);
		uint32_t next = busy_from(terminal.reporter + 1);

		if (output_ready(output) > 0 && output_next(output) == '\0')
			output_take(output);
		else if (needs_turn(output))
			break;
		if (next == system_config.vm_count) {
			next = terminal.busy ? busy_from(0) : 0;
			around++;
		}
		terminal.reporter = next;
	}
	return reports_of(terminal.reporter);
}

bool terminal_send(char c)
{
	if (!system_config.uart.driver->put(&system_config.uart, c))
		return false;
	terminal.sent++;
	terminal.open = c != '\n';
	return true;
}

static uint32_t monitor_tail(void)
{
	return atomic_load_explicit(&console_of(CONSOLE_MONITOR)->tx.tail, memory_order_relaxed);
}

/*
 * Begins a line for this turn, with the VM's name if there are several VMs. If others have cut the
 * monitor's line, shows what it had again, because somebody is typing it. Returns false if the UART
 * has no room; a later call goes on.
 */
COLD("a further pCPU, until it waits for CPU_ON")
static bool begin_line(void)
{
	bool named = system_config.vm_count > 1 && terminal.turn < system_config.vm_count;
	const char *name = named ? system_config.vms[terminal.turn].name : "";
	uint32_t length = 0;

	if (terminal.line_owner != terminal.turn + 1) {
		terminal.line_owner = terminal.turn + 1;
		terminal.begun = false;
		terminal.prefix = terminal.open ? 0 : 2;
		terminal.monitor_shown = terminal.monitor_line;
	}
	while (name[length] != '\0')
		length++;
	for (; terminal.prefix < 2 + length + (named ? 2 : 0); terminal.prefix++) {
		uint32_t at = terminal.prefix;

		if (!terminal_send(at < 2            ? "\r\n"[at]
				   : at < 2 + length ? name[at - 2]
						     : "| "[at - 2 - length]))
			return false;
	}
	for (; terminal.turn == CONSOLE_MONITOR && terminal.monitor_shown != monitor_tail();
		terminal.monitor_shown++)
		if (!terminal_send(
			    output_at(&console_of(CONSOLE_MONITOR)->tx, terminal.monitor_shown)))
			return false;
	terminal.begun = true;
	return true;
}

/* Makes the terminal's line this turn's. Returns false as begin_line() does. */
static bool has_line(void)
{
	return (terminal.line_owner == terminal.turn + 1 && terminal.begun) || begin_line();
}

const struct vcpu_config *terminal_writer(uint32_t turn)
{
	if (turn == CONSOLE_MONITOR)
		return &system_config.vcpus[system_config.uart.vcpu];
	return &system_config.vms[turn < system_config.vm_count ? turn : terminal.reporter]
	                .vcpus[0];
}

/*
 * Tells the writer, which waits for room, if there is some: by REQUEST_DEVICES if it is the device
 * model of a console.
 */
static void notify_room(struct output *output)
{
	/*
	 * Clears the flag first and looks at the ring then, as the writer may fill the ring in
	 * between and set the flag anew. Acquire pairs with the release in output_want_room().
	 */
	atomic_exchange_explicit(&output->wants_room, false, memory_order_acquire);
	/*
	 * At most a quarter of a console's output is unpublished (LINE_LIMIT): a quarter is free.
	 */
	if (output_ready(output) <= CONSOLE_TX_SIZE / 2)
		vcpu_request(terminal_writer(terminal.turn),
			terminal.turn < system_config.vm_count ? REQUEST_DEVICES : REQUEST_CONSOLE);
	else
		atomic_store_explicit(&output->wants_room, true, memory_order_relaxed);
}

/* Sends what is ready of this turn's line. Returns false if the UART has no room for the rest. */
static bool send_line(void)
{
	struct output *output =
		terminal.turn == REPORTS ? next_report() : &console_of(terminal.turn)->tx;
	uint32_t limit = terminal.turn < system_config.vm_count ? LINE_LIMIT : OUTPUT_SIZE;
	bool room = true;

	for (uint32_t ready = output_ready(output); ready > 0 && terminal.turn_sent < limit;
		ready--) {
		char c = output_next(output);

		if (c == '\0' && terminal.turn == REPORTS)
			break;
		room = has_line() && terminal_send(c);
		if (!room)
			break;
		output_take(output);
		terminal.turn_sent++;
		if (c == '\n') {
			terminal.line_owner = 0;
			break;
		}
	}
	if (terminal.turn == CONSOLE_MONITOR && terminal.turn_sent > 0 && terminal.line_owner == 0)
		terminal.monitor_line = monitor_tail();
	if (atomic_load_explicit(&output->wants_room, memory_order_relaxed))
		notify_room(output);
	return room;
}

/* Ends a turn. Returns by how many turns it went on: it skips those of VMs that are not busy. */
static uint32_t next_turn(void)
{
	uint32_t turn = terminal.turn;

	if (turn < system_config.vm_count && terminal.turn_sent == 0 &&
		!needs_turn(reports_of(turn)))
		terminal.busy &= ~(1ull << turn);
	terminal.turn_sent = 0;
	terminal.turn =
		turn == CONSOLE_MONITOR ? REPORTS : busy_from(turn == REPORTS ? 0 : turn + 1);
	return terminal.turn > turn ? terminal.turn - turn : terminal.turn + TURNS - turn;
}

bool terminal_pass(uint64_t marked, bool *room)
{
	uint32_t start = terminal.sent;
	uint32_t idle = 0;

	*room = true;
	terminal.busy |= marked;
	while (idle < TURNS && terminal.sent - start < PASS_LIMIT) {
		bool sent;

		*room = send_line();
		if (!*room)
			break;
		sent = terminal.turn_sent > 0;
		idle += next_turn();
		if (sent)
			idle = 0;
	}
	return idle < TURNS;
}

uint32_t terminal_sent(void)
{
	return terminal.sent;
}

void terminal_break(void)
{
	terminal.line_owner = 0;
}

void terminal_is_open(bool open)
{
	terminal.open = open;
}
