/* SPDX-License-Identifier: Apache-2.0 */
/* The rings of a console, and which console has which number. */
#include "console/ring.h"

#include "sections.h"
#include "vm/vm_shared.h"

static SHARED struct console monitor_console;

struct console *console_of(uint32_t number)
{
	return number < system_config.vm_count ? &system_config.vms[number].shared->console
	                                       : &monitor_console;
}

bool console_flush(struct console *console)
{
	return output_publish(&console->tx);
}

void console_put(struct console *console, uint8_t byte, bool hold)
{
	output_put(&console->tx, byte);
	if (!hold && (system_config.vm_count == 1 || byte == '\n' ||
			     output_unpublished(&console->tx) >= LINE_LIMIT))
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

	/*
	 * Release pairs with the acquire in deliver() (input.c): the character has been read before
	 * it is overwritten.
	 */
	atomic_store_explicit(&console->rx_tail, tail + 1, memory_order_release);
}
