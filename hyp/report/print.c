/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's own messages. */
#include "report/print.h"

#include <stdarg.h>
#include <stddef.h>

#include "arch.h"
#include "console/drain.h"
#include "console/owner.h"
#include "lib/format.h"
#include "report/reports.h"
#include "uart/uart.h"

/* Sends a character, and waits for the UART if it has no room. The UART is claimed. */
static void put_waiting(char c)
{
	if (c == '\n')
		console_send('\r');
	console_send(c);
}

/* The same without the UART's lock. */
static void put_raw(char c)
{
	if (c == '\n')
		put_raw('\r');
	while (!system_config.uart.driver->put(&system_config.uart, c))
		cpu_relax();
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (this_vcpu() != NULL) {
		report_va(format, arguments);
	} else {
		console_claim();
		format_va(put_waiting, format, arguments);
		console_release();
		console_drain();
	}
	va_end(arguments);
}

void print_raw(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_va(put_raw, format, arguments);
	va_end(arguments);
}
