/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's commands, and what each does. */
#include "monitor/commands.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "arch.h"
#include "console/input.h"
#include "cpu/vcpu.h"
#include "monitor/log.h"
#include "monitor/say.h"
#include "sections.h"
#include "vm/lives.h"
#include "vm/names.h"
#include "vm/vm_shared.h"

/*
 * The command under way. Only the pCPU that takes the UART's interrupt uses it. It holds numbers
 * instead of pointers, because every EL2 view can write to it.
 */
static SHARED struct {
	bool busy;
	uint32_t command;
	uint32_t vm;   /* its number, or vm_count if the operator named none */
	uint32_t line; /* the next line of its output, from 0 */
} current;

/* Says line `line` of a command's output. Returns false if the command has ended with it. */
typedef bool command_fn(const struct vm_config *vm, uint32_t line);

static command_fn do_help, do_vms, do_stats, do_ask, do_input, do_end;

static const struct command {
	const char *name;
	const char *operand; /* "NAME" of a VM, "[NAME]" if it may be left out, or "" */
	const char *what;    /* what it does, for `help` */
	command_fn *function;
	uint32_t argument; /* of do_ask(): an enum vm_request; of do_end(): an enum machine_end */
} commands[] = {
	{"help", "", "this list", do_help, 0},
	{"vms", "", "each VM's state, the pCPUs of its vCPUs, its restarts, why it stopped last",
		do_vms, 0},
	{"stats", "[NAME]",
		"exits of each vCPU by reason, and per second since they were shown last", do_stats,
		0},
	{"log", "NAME", "the last lines of a VM's console, and what was reported of it", log_say,
		0},
	{"stop", "NAME", "stop a VM", do_ask, VM_REQUEST_STOP},
	{"start", "NAME", "start a VM that is off or has crashed", do_ask, VM_REQUEST_START},
	{"restart", "NAME", "stop a VM, if it runs, and start it from its images", do_ask,
		VM_REQUEST_RESTART},
	{"poweroff", "", "switch the machine off, whatever its VMs do", do_end, MACHINE_OFF},
	{"reset", "", "reset the machine, whatever its VMs do", do_end, MACHINE_RESET},
	{"input", "[NAME]", "leave the monitor: what is typed goes to a VM again", do_input, 0},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool do_help(const struct vm_config *vm, uint32_t line)
{
	(void)vm;
	if (line < COMMANDS)
		say("%-8s%-7s %s\n", commands[line].name, commands[line].operand,
			commands[line].what);
	else
		say("Ctrl-] and a digit: input to that VM; Ctrl-] twice: Ctrl-] itself; Ctrl-] and another key: "
		    "here\n");
	return line < COMMANDS;
}

static bool do_vms(const struct vm_config *vm, uint32_t line)
{
	const struct vm_shared *shared;

	if (line >= system_config.vm_count)
		return false;
	vm = &system_config.vms[line];
	shared = vm->shared;
	/* Relaxed, below: figures for people, on which nothing depends. */
	say("%u %s: %s, vCPUs on pCPU", line, vm->name, vm_state_name(vm));
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		say(" %u", vm->vcpus[i].pcpu);
	say(", restarts %u, last stop: %s\n",
		atomic_load_explicit(&shared->restarts, memory_order_relaxed),
		vm_stop_name(atomic_load_explicit(&shared->last_stop, memory_order_relaxed)));
	return line + 1 < system_config.vm_count;
}

/*
 * Events per second, if there were `count` events, up to 2^53, in `elapsed` ticks of the system
 * counter. Exact to about a thousandth.
 */
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
	uint32_t lines = vm ? vm->vcpu_count : system_config.vcpu_count;
	const struct vcpu_config *vcpu;
	struct vcpu_shared *shared;
	uint64_t now = arch_counter(), elapsed;

	if (line >= lines)
		return false;
	vcpu = vm ? &vm->vcpus[line] : &system_config.vcpus[line];
	shared = vcpu->shared;
	elapsed = shared->shown_at ? now - shared->shown_at : 0;
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
	return line + 1 < lines;
}

static bool do_input(const struct vm_config *vm, uint32_t line)
{
	(void)line;
	input_select(vm ? vm->index : input_before());
	return false;
}

static bool do_ask(const struct vm_config *vm, uint32_t line)
{
	const struct command *command = &commands[current.command];

	(void)line;
	if (vm_ask(vm, (enum vm_request)command->argument))
		say("%s: asked to %s; 'vms' shows how far it is\n", vm->name, command->name);
	else
		say("%s is %s and cannot %s; 'help' says what each command needs\n", vm->name,
			vm_state_name(vm), command->name);
	return false;
}

static bool do_end(const struct vm_config *vm, uint32_t line)
{
	enum machine_end end = (enum machine_end)commands[current.command].argument;

	(void)vm;
	(void)line;
	if (arch_machine_can_end(end))
		arch_machine_end(end);
	say("this board has nothing for that: neither PSCI, nor a device of the platform file\n");
	return false;
}

/* Cuts the first word off `*text`, with the blanks around it, and returns it. */
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

/* The VM of that name, or NULL. */
static const struct vm_config *find_vm(const char *name)
{
	for (uint32_t i = 0; i < system_config.vm_count; i++)
		if (strcmp(system_config.vms[i].name, name) == 0)
			return &system_config.vms[i];
	return NULL;
}

/*
 * Begins command `number` on the VM called `name`, or says why that is not possible. `more` is a
 * further word of the line, or empty.
 */
static void begin_on(uint32_t number, const char *name, const char *more)
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
		current.busy = true;
		current.command = number;
		current.vm = vm ? vm->index : system_config.vm_count;
		current.line = 0;
	}
}

void command_begin(char *text)
{
	const char *name = word(&text), *operand = word(&text);

	if (*name == '\0')
		return;
	for (uint32_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			begin_on(i, operand, word(&text));
			return;
		}
	}
	say("there is no command '%s'; 'help' lists them\n", name);
}

bool command_is_busy(void)
{
	return current.busy;
}

void command_go_on(void)
{
	const struct vm_config *vm =
		current.vm < system_config.vm_count ? &system_config.vms[current.vm] : NULL;

	current.busy = current.command < COMMANDS &&
	               commands[current.command].function(vm, current.line++);
}
