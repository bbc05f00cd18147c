/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/log.h"

#include "monitor/say.h"
#include "sections.h"
#include "vm/vm_shared.h"

/* A longer line of a log is shown in pieces. */
#define LOG_LINE 160u

/* Of the pCPU that takes the UART's interrupt. Numbers, not pointers: every view can write here. */
static SHARED struct {
	uint32_t part;    /* 0 the console, 1 the reports */
	uint32_t at, end; /* in that part */
} shown;

static const struct output *log_part(const struct vm_config *vm)
{
	return shown.part == 0 ? &vm->shared->console.tx : &vm->shared->reports.out;
}

/* Begins with the first whole line that is still there. */
static void log_begin(const struct vm_config *vm, uint32_t part)
{
	const struct output *output;

	shown.part = part;
	output = log_part(vm);
	/* acquire pairs with the release of output_publish() */
	shown.end = atomic_load_explicit(&output->published, memory_order_acquire);
	shown.at = shown.end > OUTPUT_HISTORY ? shown.end - OUTPUT_HISTORY : 0;
	if (shown.at != shown.end && output_at(output, shown.end - 1) == '\0')
		shown.end--; /* of a report */
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
