/* SPDX-License-Identifier: Apache-2.0 */
/* Lends the UART to the VM that owns it, and gives it to the boot CPU or to a panic for a while. */
#include "console/owner.h"

#include "arch.h"
#include "console/drain.h"
#include "console/terminal.h"
#include "console/uart_lock.h"
#include "uart/uart.h"

/* Tries to get the UART's lock before console_claim_for_panic() gives up. */
#define PATIENCE 1000000u

static void set_lent(bool lent)
{
	lock_acquire(&uart_lock.lock);
	if (!lent)
		terminal_is_open(true); /* the VM may have ended in the middle of a line */
	/* Relaxed: only pCPUs of the VM that owns the UART set it, while that VM does not run. */
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
		/* Without the lock, as init() waits; nobody else uses a UART that is lent. */
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
			terminal_is_open(false); /* the panic's text begins with a newline */
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
