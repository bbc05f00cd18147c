/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/monitor.h"

#include <stddef.h>
#include <string.h>

#include "arch.h"
#include "console/drain.h"
#include "console/input.h"
#include "console/ring.h"
#include "lib/format.h"
#include "sections.h"
#include "vm/names.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* What a step writes at most, so that it begins only with so much room. */
#define STEP_SIZE (CONSOLE_TX_SIZE / 2)

/* Keys or lines that are handled before the pCPU goes back to its guest. */
#define STEPS 16u

/* A longer line of a log is shown in pieces. */
#define LOG_LINE 160u

#define BACKSPACE 0x08
#define DELETE    0x7f

/* Of the pCPU that takes the UART's interrupt. Numbers, not pointers: every view can write here. */
static SHARED struct {
	char typed[64];
	uint32_t length;
	bool prompted; /* the prompt is on the line */
	/* The command under way. */
	bool busy;
	uint32_t command;
	uint32_t vm;
	uint32_t line;    /* of its output, from 0 */
	uint32_t part;    /* of a log: 0 the console, 1 the reports */
	uint32_t at, end; /* in that part */
} monitor;

static struct console *own(void)
{
	return console_of(CONSOLE_MONITOR);
}

static void put(char c)
{
	if (c == '\n')
		put('\r');
	if (console_tx_used(own()) < CONSOLE_TX_SIZE)
		console_put(own(), (uint8_t)c, true);
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_va(put, format, arguments);
	va_end(arguments);
}

/* ---- commands: each call says line `line`; false: there is no such line, the command has ended ---- */

typedef bool command_fn(const struct vm_config *vm, uint32_t line);

static command_fn do_help, do_vms, do_stats, do_log, do_ask, do_input;

static const struct command {
	const char *name;
	const char *operand; /* "NAME" of a VM, which "[NAME]" may leave out */
	const char *what;
	command_fn *function;
	enum vm_request request;
} commands[] = {
	{"help", "", "this list", do_help, 0},
	{"vms", "", "each VM's state, the pCPUs of its vCPUs, its restarts, why it stopped last", do_vms, 0},
	{"stats", "[NAME]", "exits of each vCPU by reason, and per second since they were shown last", do_stats, 0},
	{"log", "NAME", "the last lines of a VM's console, and what was reported of it", do_log, 0},
	{"stop", "NAME", "stop a VM", do_ask, VM_REQUEST_STOP},
	{"start", "NAME", "start a VM that is off or has crashed", do_ask, VM_REQUEST_START},
	{"restart", "NAME", "stop a VM, if it runs, and start it from its images", do_ask, VM_REQUEST_RESTART},
	{"input", "[NAME]", "leave the monitor: what is typed goes to a VM again", do_input, 0},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool do_help(const struct vm_config *vm, uint32_t line)
{
	(void)vm;
	if (line < COMMANDS)
		say("%-8s%-7s %s\n", commands[line].name, commands[line].operand, commands[line].what);
	else
		say("Ctrl-] and a digit: input to that VM; Ctrl-] twice: Ctrl-] itself; Ctrl-] and another key: "
		    "here\n");
	return line < COMMANDS;
}

static bool do_vms(const struct vm_config *vm, uint32_t line)
{
	const struct vm_shared *shared = system_config.vms[line].shared;

	vm = &system_config.vms[line];
	say("%u %s: %s, vCPUs on pCPU", line, vm->name, vm_state_name(vm));
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		say(" %u", vm->vcpus[i].pcpu);
	say(", restarts %u, last stop: %s\n", atomic_load_explicit(&shared->restarts, memory_order_relaxed),
		vm_stop_name(atomic_load_explicit(&shared->last_stop, memory_order_relaxed)));
	return line + 1 < system_config.vm_count;
}

/* Events a second, of `count` in so many ticks of the counter. To a thousandth; up to 2^53 of them. */
static uint64_t rate(uint64_t count, uint64_t elapsed)
{
	uint64_t frequency = arch_counter_frequency();

	while (frequency >= 2048 && elapsed >= 2048) {
		frequency /= 2;
		elapsed /= 2;
	}
	return count * frequency / elapsed;
}

static bool do_stats(const struct vm_config *vm, uint32_t line)
{
	const struct vcpu_config *vcpu = vm ? &vm->vcpus[line] : &system_config.vcpus[line];
	struct vcpu_shared *shared = vcpu->shared;
	uint64_t now = arch_counter();
	uint64_t elapsed = shared->shown_at ? now - shared->shown_at : 0;

	say("%s vCPU %u:", vcpu->vm->name, vcpu->index);
	for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
		uint64_t count = exit_count(vcpu, reason);

		if (count)
			say(" %s %lu", exit_name(reason), count);
		if (count && elapsed)
			say(" (%lu/s)", rate(count - shared->shown[reason], elapsed));
		shared->shown[reason] = count;
	}
	shared->shown_at = now;
	say("\n");
	return line + 1 < (vm ? vm->vcpu_count : system_config.vcpu_count);
}

static const struct output *log_part(const struct vm_config *vm)
{
	return monitor.part == 0 ? &vm->shared->console.tx : &vm->shared->reports.out;
}

/* Begins with the first whole line that is still there. */
static void log_begin(const struct vm_config *vm, uint32_t part)
{
	const struct output *output;

	monitor.part = part;
	output = log_part(vm);
	/* acquire pairs with the release of output_publish() */
	monitor.end = atomic_load_explicit(&output->published, memory_order_acquire);
	monitor.at = monitor.end > OUTPUT_HISTORY ? monitor.end - OUTPUT_HISTORY : 0;
	if (monitor.at != monitor.end && output_at(output, monitor.end - 1) == '\0')
		monitor.end--; /* of a report */
	while (monitor.at != 0 && monitor.at != monitor.end && output_at(output, monitor.at - 1) != '\n')
		monitor.at++;
}

static bool do_log(const struct vm_config *vm, uint32_t line)
{
	const struct output *output;
	uint32_t published;
	char c = 0;

	if (line == 0)
		log_begin(vm, 0);
	output = log_part(vm);
	published = atomic_load_explicit(&output->published, memory_order_acquire);
	if (published - monitor.at > OUTPUT_HISTORY)
		monitor.at = published - monitor.end < OUTPUT_HISTORY ? published - OUTPUT_HISTORY : monitor.end;
	if (monitor.at == monitor.end && monitor.part == 1)
		return false;
	if (monitor.at == monitor.end) {
		log_begin(vm, 1);
		return true;
	}
	say("log %s| ", vm->name);
	for (uint32_t i = 0; i < LOG_LINE && monitor.at != monitor.end && c != '\n'; i++) {
		c = output_at(output, monitor.at++);
		if (c != '\r' && c != '\n' && c != '\0')
			say("%c", c);
	}
	say("\n");
	return true;
}

static bool do_input(const struct vm_config *vm, uint32_t line)
{
	(void)line;
	input_select(vm ? vm->index : input_before());
	return false;
}

static bool do_ask(const struct vm_config *vm, uint32_t line)
{
	const struct command *command = &commands[monitor.command];

	(void)line;
	if (vm_ask(vm, command->request))
		say("%s: asked to %s; 'vms' shows how far it is\n", vm->name, command->name);
	else
		say("%s is %s and cannot %s; 'help' says what each command needs\n", vm->name, vm_state_name(vm),
			command->name);
	return false;
}

/* ---- the line that is typed ---- */

/* Cuts the first word off `text`, and the blanks around it. */
static char *word(char **text)
{
	char *first = *text;
	char *end;

	while (*first == ' ')
		first++;
	for (end = first; *end != ' ' && *end != '\0'; end++)
		;
	*text = end;
	if (*end == ' ')
		*(*text)++ = '\0';
	return first;
}

static const struct vm_config *find_vm(const char *name)
{
	for (uint32_t i = 0; i < system_config.vm_count; i++)
		if (strcmp(system_config.vms[i].name, name) == 0)
			return &system_config.vms[i];
	return NULL;
}

/* Says why a command cannot be carried out, or begins to. */
static void begin(uint32_t number, const char *name, const char *more)
{
	const struct command *command = &commands[number];
	const struct vm_config *vm = find_vm(name);

	if (*more != '\0' || (*name != '\0' && *command->operand == '\0')) {
		say("too many words; it is: %s %s\n", command->name, command->operand);
	} else if (*name == '\0' && *command->operand == 'N') {
		say("which VM? It is: %s NAME; 'vms' shows the names\n", command->name);
	} else if (*name != '\0' && vm == NULL) {
		say("there is no VM '%s'; 'vms' shows the names\n", name);
	} else {
		monitor.busy = true;
		monitor.command = number;
		monitor.vm = vm ? vm->index : system_config.vm_count;
		monitor.line = 0;
	}
}

static void execute(void)
{
	char *rest = monitor.typed;
	const char *name, *operand;

	monitor.typed[monitor.length] = '\0';
	monitor.length = 0;
	name = word(&rest);
	operand = word(&rest);
	if (*name == '\0')
		return;
	for (uint32_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			begin(i, operand, word(&rest));
			return;
		}
	}
	say("there is no command '%s'; 'help' lists them\n", name);
}

static void prompt(void)
{
	monitor.prompted = true;
	say("pinion> ");
	for (uint32_t i = 0; i < monitor.length; i++)
		put(monitor.typed[i]);
}

static void key(char c)
{
	if (c == '\r' || c == '\n') {
		say("\n");
		monitor.prompted = false;
		execute();
	} else if ((c == BACKSPACE || c == DELETE) && monitor.length > 0) {
		monitor.length--;
		say("\b \b");
	} else if (c >= ' ' && c < DELETE && monitor.length < sizeof(monitor.typed) - 1) {
		monitor.typed[monitor.length++] = c;
		say("%c", c);
	}
}

/* ---- steps ---- */

/* Says where the input goes, if that is news. */
static bool announce(uint32_t selected)
{
	if (!input_is_news() || selected == CONSOLE_MONITOR)
		return false;
	say("%sinput to %s, which is %s\n", monitor.prompted ? "\n" : "", system_config.vms[selected].name,
		vm_state_name(&system_config.vms[selected]));
	monitor.prompted = false;
	monitor.length = 0;
	return true;
}

static void go_on(void)
{
	const struct vm_config *vm = monitor.vm < system_config.vm_count ? &system_config.vms[monitor.vm] : NULL;

	monitor.busy = monitor.command < COMMANDS && commands[monitor.command].function(vm, monitor.line++);
}

/* One thing that there is to do. False: nothing. */
static bool step(void)
{
	uint32_t selected = input_selected();
	bool open = selected == CONSOLE_MONITOR;
	bool typed = console_rx_used(own()) > 0;

	if (monitor.busy) {
		go_on();
	} else if (open && !monitor.prompted) {
		prompt();
	} else if (typed) {
		uint16_t character = console_peek(own(), 0);

		console_remove(own());
		key((char)(character & 0x7f));
	} else {
		return announce(selected);
	}
	return true;
}

void monitor_work(void)
{
	bool more = true;
	uint32_t done;

	for (done = 0; more && done < STEPS && console_tx_used(own()) <= CONSOLE_TX_SIZE - STEP_SIZE; done++)
		more = step();
	console_flush(own());
	if (more)
		console_wait_tx(own());
	if (more || done > 1)
		console_drain();
}
