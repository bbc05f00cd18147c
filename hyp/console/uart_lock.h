/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of the physical UART, which the files of this folder share. drain.c defines it. */
#ifndef PINION_UART_LOCK_H
#define PINION_UART_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lib/lock.h"

extern struct uart_lock {
	/* Protects the UART, the state of terminal.c, and part of that of input.c. */
	struct lock lock;
	/* The VM that owns the UART has it now. owner.c sets it, with the lock held. */
	_Atomic bool lent;
} uart_lock;

#endif
