/* SPDX-License-Identifier: Apache-2.0 */
/* Writes reports into the ring of their VM, and counts the lines that find no room. */
#include "report/reports.h"

#include <stddef.h>

#include "console/drain.h"
#include "cpu/vcpu.h"
#include "lib/format.h"
#include "vm/vm_shared.h"

/* Room for the line that say_lost() writes; a VM's name has at most 31 characters. */
#define NOTICE_SIZE 80u

/* The reports about the VM of this pCPU. */
static struct reports *reports_here(void)
{
	return &this_vcpu()->vm->shared->reports;
}

/*
 * Writes a character. At the end of a line that found no room, takes the line back and counts it.
 */
static void put(char c)
{
	struct reports *reports = reports_here();

	if (c == '\n')
		put('\r');
	if (output_used(&reports->out) < OUTPUT_HISTORY)
		output_put(&reports->out, (uint8_t)c);
	else
		reports->cut = true;
	if (c != '\n')
		return;
	if (reports->cut) {
		/* The line is not published, so nobody has read it. */
		reports->out.head = reports->line;
		reports->cut = false;
		atomic_fetch_add_explicit(&reports->lost, 1, memory_order_relaxed);
	}
	reports->line = reports->out.head;
}

static void say_lost(const struct vm_config *vm, uint32_t lost)
{
	format_to(put, "%s: %u lines lost here\n", vm->name, lost);
}

void report_begin(void)
{
	struct reports *reports = reports_here();
	uint32_t lost;

	lock_acquire(&reports->lock);
	/* Relaxed: a pCPU only asks whether it is the writer itself. */
	atomic_store_explicit(&reports->writer, this_vcpu(), memory_order_relaxed);
	reports->line = reports->out.head;
	reports->cut = false;
	lost = atomic_load_explicit(&reports->lost, memory_order_relaxed);
	if (lost == 0 || output_used(&reports->out) > OUTPUT_HISTORY - NOTICE_SIZE)
		return;
	atomic_store_explicit(&reports->lost, 0, memory_order_relaxed);
	say_lost(this_vcpu()->vm, lost);
}

void report_end(void)
{
	struct reports *reports = reports_here();

	if (output_unpublished(&reports->out) > 0)
		output_put(&reports->out, '\0');
	output_publish(&reports->out);
	if (atomic_load_explicit(&reports->lost, memory_order_relaxed) > 0)
		output_want_room(&reports->out);
	atomic_store_explicit(&reports->writer, NULL, memory_order_relaxed);
	lock_release(&reports->lock);
	console_drain();
}

void report_va(const char *format, va_list arguments)
{
	const struct vcpu *vcpu = this_vcpu();
	bool alone = atomic_load_explicit(&reports_here()->writer, memory_order_relaxed) != vcpu;

	/* A report of its own, unless the caller is between report_begin() and report_end(). */
	if (alone)
		report_begin();
	format_va(put, format, arguments);
	if (alone)
		report_end();
}

void report_lost(void)
{
	if (atomic_load_explicit(&reports_here()->lost, memory_order_relaxed) == 0)
		return;
	report_begin();
	report_end();
}

void report_finish(void)
{
	console_finish();
	for (uint32_t i = 0; i < system_config.vm_count; i++) {
		const struct vm_config *vm = &system_config.vms[i];
		uint32_t lost = atomic_exchange_explicit(
			&vm->shared->reports.lost, 0, memory_order_relaxed);

		if (lost == 0)
			continue;
		report_begin();
		say_lost(vm, lost);
		report_end();
	}
	console_finish();
}
