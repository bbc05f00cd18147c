/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of the physical UART. The files of this folder share it. */
#ifndef PINION_UART_LOCK_H
#define PINION_UART_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lib/lock.h"

/* drain.c defines it. */
extern struct uart_lock {
	struct lock lock; /* covers the hardware, the terminal, and what input.c keeps but the
	                     atomics */
	_Atomic bool
		lent; /* the VM that owns the UART has it; written with the lock held, by owner.c */
} uart_lock;

#endif
