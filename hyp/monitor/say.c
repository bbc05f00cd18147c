/* SPDX-License-Identifier: Apache-2.0 */
/* Writes on the monitor's console. */
#include "monitor/say.h"

#include <stdarg.h>

#include "console/ring.h"
#include "lib/format.h"

static void put(char c)
{
	struct console *own = console_of(CONSOLE_MONITOR);

	if (c == '\n')
		put('\r');
	if (console_tx_used(own) < CONSOLE_TX_SIZE)
		console_put(own, (uint8_t)c, true);
}

void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_va(put, format, arguments);
	va_end(arguments);
}
