/* SPDX-License-Identifier: Apache-2.0 */
#include "console/owner.h"

#include "arch.h"
#include "console/drain.h"
#include "console/terminal.h"
#include "console/uart_lock.h"
#include "uart/uart.h"

/* Tries to get the UART's lock before it is given up. */
#define PATIENCE 1000000u

static void set_lent(bool lent)
{
	lock_acquire(&uart_lock.lock);
	if (!lent)
		terminal_is_open(true); /* what the VM has written last is unknown */
	/* relaxed: it changes while the VM that has the UART does not run, on one of its pCPUs */
	atomic_store_explicit(&uart_lock.lent, lent, memory_order_relaxed);
	lock_release(&uart_lock.lock);
}

void console_lend(const struct vm_config *vm)
{
	if (vm != system_config.uart.owner)
		return;
	console_finish();
	set_lent(true);
}

void console_regain(const struct vm_config *vm)
{
	if (vm != system_config.uart.owner)
		return;
	if (atomic_load_explicit(&uart_lock.lent, memory_order_relaxed)) {
		/* Before the lock: it waits for the UART, which nobody else touches meanwhile. */
		system_config.uart.driver->init(&system_config.uart);
		set_lent(false);
	}
	console_finish();
}

void console_claim(void)
{
	lock_acquire(&uart_lock.lock);
	terminal_break();
}

void console_send(char c)
{
	while (!terminal_send(c)) {
		console_release();
		cpu_relax();
		console_claim();
	}
}

bool console_claim_for_panic(void)
{
	for (uint32_t i = 0; i < PATIENCE; i++) {
		if (lock_try(&uart_lock.lock)) {
			terminal_break();
			terminal_is_open(false); /* the report begins with a newline */
			return true;
		}
		cpu_relax();
	}
	return false;
}

void console_release(void)
{
	lock_release(&uart_lock.lock);
}
