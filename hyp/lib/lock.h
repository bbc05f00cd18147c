/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticket spinlock: first come, first served. EL2 is never interrupted, so a holder never loses its
 * pCPU.
 */
#ifndef PINION_LOCK_H
#define PINION_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hw/cpu_insn.h"

/* All zero is an unlocked lock. */
struct lock {
	_Atomic uint32_t next;    /* ticket of the next to come */
	_Atomic uint32_t serving; /* ticket that holds the lock; written by the holder alone */
};

/*
 * Waits for the lock, behind all who came earlier. Not recursive. Inlined where the code is built
 * for size, too.
 */
static inline __attribute__((always_inline)) void lock_acquire(struct lock *lock)
{
	/* The ticket orders nothing: the acquire below pairs with the release in lock_release(). */
	uint32_t ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

	while (__builtin_expect(
		atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket, false))
		cpu_wait_event();
}

/* Takes the lock if it is free at this moment. True: it is held now. */
static inline bool lock_try(struct lock *lock)
{
	/*
	 * Acquire here, as whoever released this ticket is already known; the exchange then only
	 * claims it.
	 */
	uint32_t ticket = atomic_load_explicit(&lock->serving, memory_order_acquire);

	return atomic_compare_exchange_strong_explicit(
		&lock->next, &ticket, ticket + 1, memory_order_relaxed, memory_order_relaxed);
}

static inline __attribute__((always_inline)) void lock_release(struct lock *lock)
{
	uint32_t ticket = atomic_load_explicit(&lock->serving, memory_order_relaxed);

	/* Pairs with the acquire loads above. */
	atomic_store_explicit(&lock->serving, ticket + 1, memory_order_release);
	/*
	 * A store wakes WFE by itself only where the waiter's last load was an exclusive one, which
	 * C11 does not promise. The event register closes the gap between the waiter's load and its
	 * WFE.
	 */
	cpu_send_event();
}

#endif
