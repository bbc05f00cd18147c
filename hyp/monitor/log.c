/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's command `log`. */
#include "monitor/log.h"

#include "monitor/say.h"
#include "sections.h"
#include "vm/vm_shared.h"

/* Bytes: a longer line of a log is shown as several lines. */
#define LOG_LINE 160u

/*
 * How far the command is. Only the pCPU that takes the UART's interrupt uses it. It holds numbers
 * instead of pointers, because every EL2 view can write to it.
 */
static SHARED struct {
	uint32_t part;    /* 0: the VM's console, 1: the reports about it */
	uint32_t at, end; /* indices of that part's ring: the next byte to show, and where to end */
} shown;

static const struct output *log_part(const struct vm_config *vm)
{
	return shown.part == 0 ? &vm->shared->console.tx : &vm->shared->reports.out;
}

/* Begins a part of the log, at the first whole line that its ring still has. */
static void log_begin(const struct vm_config *vm, uint32_t part)
{
	const struct output *output;

	shown.part = part;
	output = log_part(vm);
	/* Acquire pairs with the release in output_publish(): the bytes are there. */
	shown.end = atomic_load_explicit(&output->published, memory_order_acquire);
	shown.at = shown.end > OUTPUT_HISTORY ? shown.end - OUTPUT_HISTORY : 0;
	if (shown.at != shown.end && output_at(output, shown.end - 1) == '\0')
		shown.end--; /* the null byte that ends a report */
	while (shown.at != 0 && shown.at != shown.end && output_at(output, shown.at - 1) != '\n')
		shown.at++;
}

bool log_say(const struct vm_config *vm, uint32_t line)
{
	const struct output *output;
	uint32_t published;
	char c = 0;

	if (line == 0)
		log_begin(vm, 0);
	output = log_part(vm);
	published = atomic_load_explicit(&output->published, memory_order_acquire);
	/* The next byte may be overwritten: goes on with the oldest that is left, if any is. */
	if (published - shown.at > OUTPUT_HISTORY)
		shown.at = published - shown.end < OUTPUT_HISTORY ? published - OUTPUT_HISTORY
		                                                  : shown.end;
	if (shown.at == shown.end && shown.part == 1)
		return false;
	if (shown.at == shown.end) {
		log_begin(vm, 1);
		return true;
	}
	say("log %s| ", vm->name);
	for (uint32_t i = 0; i < LOG_LINE && shown.at != shown.end && c != '\n'; i++) {
		c = output_at(output, shown.at++);
		if (c != '\r' && c != '\n' && c != '\0')
			say("%c", c);
	}
	say("\n");
	return true;
}
