/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ticket spinlock: pCPUs get it in the order in which they come. Interrupts are masked in EL2, so
 * a holder is never interrupted.
 */
#ifndef PINION_LOCK_H
#define PINION_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hw/cpu_insn.h"
#include "speed.h"

/* All zero is an unlocked lock. */
struct lock {
	_Atomic uint32_t next;    /* the ticket that the next pCPU draws */
	_Atomic uint32_t serving; /* the ticket that has the lock; only its holder writes this */
};

/* Takes the lock, after all pCPUs that asked earlier. Not recursive. */
ALWAYS_INLINE("GICD_ICENABLER write")
static inline void lock_acquire(struct lock *lock)
{
	/* Relaxed: the acquire load below is what pairs with the release in lock_release(). */
	uint32_t ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

	while (__builtin_expect(
		atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket, false))
		cpu_wait_event();
}

/* Takes the lock if it is free at this moment. Returns true if it did. */
static inline bool lock_try(struct lock *lock)
{
	/*
	 * Acquire pairs with the release in lock_release(), by which the last holder passed the
	 * lock on to this ticket. The exchange only draws the ticket, so it may be relaxed.
	 */
	uint32_t ticket = atomic_load_explicit(&lock->serving, memory_order_acquire);

	return atomic_compare_exchange_strong_explicit(
		&lock->next, &ticket, ticket + 1, memory_order_relaxed, memory_order_relaxed);
}

/* Passes the lock on to the next ticket. The caller holds it. */
ALWAYS_INLINE("GICD_ICENABLER write")
static inline void lock_release(struct lock *lock)
{
	uint32_t ticket = atomic_load_explicit(&lock->serving, memory_order_relaxed);

	/* Release pairs with the acquire loads in lock_acquire() and lock_try(). */
	atomic_store_explicit(&lock->serving, ticket + 1, memory_order_release);
	/*
	 * SEV, as the store alone wakes a pCPU in WFE only if its last load was an exclusive one,
	 * and C11 does not promise that. If the waiter is between its load and its WFE, SEV sets
	 * its event register, so that WFE returns at once.
	 */
	cpu_send_event();
}

#endif
