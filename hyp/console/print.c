/* SPDX-License-Identifier: Apache-2.0 */
#include "console/print.h"

#include <stddef.h>

#include "console/console.h"
#include "lib/format.h"
#include "uart/uart.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* Room for the line that says how many lines were lost; a VM's name has 31 characters at most. */
#define NOTICE_SIZE 80u

/* This VM's. */
static struct reports *reports_here(void)
{
	return &this_vcpu()->vm->shared->reports;
}

static void put_report(char c)
{
	struct reports *reports = reports_here();

	if (c == '\n')
		put_report('\r');
	if (output_used(&reports->out) < OUTPUT_HISTORY)
		output_put(&reports->out, (uint8_t)c);
	else
		reports->cut = true;
	if (c != '\n')
		return;
	if (reports->cut) {
		/* not published, so it may be taken back */
		reports->out.head = reports->line;
		reports->cut = false;
		atomic_fetch_add_explicit(&reports->lost, 1, memory_order_relaxed);
	}
	reports->line = reports->out.head;
}

static void put_waiting(char c)
{
	if (c == '\n')
		console_send('\r');
	console_send(c);
}

static void put_raw(char c)
{
	if (c == '\n')
		put_raw('\r');
	while (!system_config.uart.driver->put(&system_config.uart, c))
		cpu_relax();
}

void report_begin(void)
{
	struct reports *reports = reports_here();
	uint32_t lost;

	lock_acquire(&reports->lock);
	/* relaxed: only the pCPU that is in it asks whether it is */
	atomic_store_explicit(&reports->writer, this_vcpu(), memory_order_relaxed);
	reports->line = reports->out.head;
	reports->cut = false;
	lost = atomic_load_explicit(&reports->lost, memory_order_relaxed);
	if (lost == 0 || output_used(&reports->out) > OUTPUT_HISTORY - NOTICE_SIZE)
		return;
	atomic_store_explicit(&reports->lost, 0, memory_order_relaxed);
	print("%s: %u lines lost here\n", this_vcpu()->vm->name, lost);
}

void report_end(void)
{
	struct reports *reports = reports_here();

	if (output_unpublished(&reports->out) > 0)
		output_put(&reports->out, '\0');
	output_publish(&reports->out);
	if (atomic_load_explicit(&reports->lost, memory_order_relaxed) > 0)
		output_wait(&reports->out);
	atomic_store_explicit(&reports->writer, NULL, memory_order_relaxed);
	lock_release(&reports->lock);
	console_drain();
}

void report_lost(void)
{
	if (atomic_load_explicit(&reports_here()->lost, memory_order_relaxed) == 0)
		return;
	report_begin();
	report_end();
}

void print_va(const char *format, va_list arguments)
{
	struct vcpu *vcpu = this_vcpu();
	bool alone;

	if (vcpu == NULL) {
		console_claim();
		format_va(put_waiting, format, arguments);
		console_let_go();
		console_drain();
		return;
	}
	alone = atomic_load_explicit(&reports_here()->writer, memory_order_relaxed) != vcpu;
	if (alone)
		report_begin();
	format_va(put_report, format, arguments);
	if (alone)
		report_end();
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_va(format, arguments);
	va_end(arguments);
}

void print_raw_va(const char *format, va_list arguments)
{
	format_va(put_raw, format, arguments);
}

void print_raw(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_raw_va(format, arguments);
	va_end(arguments);
}
