/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a VM that every EL2 view maps, and the states of its life. */
#ifndef PINION_VM_SHARED_H
#define PINION_VM_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "console/report_ring.h"
#include "console/ring.h"

enum vm_life {
	/* Does not run (again): a pCPU did not come up, or a device could not be silenced. */
	VM_ABSENT,
	VM_OFF,
	VM_STARTING,
	VM_RUNNING,
	VM_STOPPING,
	VM_CRASHED,
};

/* Why a VM stops or has stopped. */
enum vm_stop {
	VM_STOP_NONE,
	VM_STOP_OFF,      /* PSCI SYSTEM_OFF */
	VM_STOP_RESET,    /* PSCI SYSTEM_RESET */
	VM_STOP_CRASH,    /* a mistake of the guest: vm_fault() */
	VM_STOP_WATCHDOG, /* the watchdog's second stage */
	VM_STOP_REQUEST,  /* VM_REQUEST_STOP */
	VM_STOP_RESTART,  /* VM_REQUEST_RESTART */
	VM_STOPS
};

/*
 * The life word has three fields: the state, why the VM is stopping (VM_STOP_NONE in all other
 * states), and the number of the life. The number counts from 1, modulo 2^24, and tells what
 * belongs to an earlier life.
 */
#define VM_LIFE(state, stop, number)                                                               \
	((uint32_t)(state) | (uint32_t)(stop) << 4 | (uint32_t)(number) << 8)
#define VM_LIFE_STATE(word)  ((enum vm_life)((word)&0xf))
#define VM_LIFE_STOP(word)   ((enum vm_stop)((word) >> 4 & 0xf))
#define VM_LIFE_NUMBER(word) ((word) >> 8)

/* True if `on_crash` of the description decides what follows the stop. */
static inline bool vm_stop_is_failure(enum vm_stop stop)
{
	return stop == VM_STOP_CRASH || stop == VM_STOP_WATCHDOG;
}

struct vm_shared {
	struct console console;
	struct reports reports;
	_Atomic uint32_t life;      /* the life word: VM_LIFE() */
	_Atomic uint32_t restarts;  /* the number of lives after the first one */
	_Atomic uint32_t last_stop; /* enum vm_stop: why the last life ended */
};

/* True if the VM is in VM_RUNNING at this moment. From any pCPU. */
static inline bool vm_is_running(const struct vm_config *vm)
{
	/* Acquire pairs with the release in vm_move(), before which the VM was reset. */
	return VM_LIFE_STATE(atomic_load_explicit(&vm->shared->life, memory_order_acquire)) ==
	       VM_RUNNING;
}

#endif
