/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's life: starting -> running -> stopping -> off | crashed for good, or starting again (PSCI SYSTEM_RESET), which
 * loads its pristine images. The first boot takes the same path.
 */
#ifndef PINION_VM_H
#define PINION_VM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "console.h"

struct vcpu;

enum vm_life { VM_OFF, VM_STARTING, VM_RUNNING, VM_STOPPING, VM_CRASHED };

/* The state of a VM with the number of its life, from 1 on: what belongs to an earlier life is told apart. */
#define VM_LIFE(state, number) ((uint32_t)(state) | (number) << 8)
#define VM_LIFE_STATE(word)    ((enum vm_life)((word)&0xff))
#define VM_LIFE_NUMBER(word)   ((word) >> 8)

enum vm_stop { VM_STOP_OFF, VM_STOP_RESET, VM_STOP_CRASH };

/* The part of a VM that only its own EL2 views map. */
struct vm {
	struct arch_vm arch;
	_Atomic uint32_t parked; /* vCPUs that have left their guest for this stop */
	uint32_t stop;           /* enum vm_stop, written by the vCPU that moved the VM to VM_STOPPING */
};

/* The part that every EL2 view maps. */
struct vm_shared {
	struct console console;
	_Atomic uint32_t life; /* VM_LIFE() */
};

/* Starts the VM on vCPU 0's pCPU, from VM_STARTING. */
_Noreturn void vm_start(struct vcpu *vcpu);

/*
 * Stops the whole VM: every vCPU leaves the guest and is parked; the last one to park carries `stop` out. Called on a
 * pCPU of that VM. When two of its vCPUs stop it at once, the first decides.
 */
_Noreturn void vm_stop(struct vcpu *vcpu, enum vm_stop stop);

/* Serves WORK_VM: parks a running vCPU of a VM that stops, starts the VM on vCPU 0 when it is to start. */
void vm_work(struct vcpu *vcpu);

static inline bool vm_is_running(const struct vm_config *vm)
{
	return VM_LIFE_STATE(atomic_load_explicit(&vm->shared->life, memory_order_relaxed)) == VM_RUNNING;
}

/* True if IPAs [ipa, ipa + size) are all in one piece of the VM's RAM. */
bool vm_is_ram(const struct vm_config *vm, uint64_t ipa, uint64_t size);

/* All VMs are about to start. Called once, by the boot CPU, before any does. */
void vm_expect_all(void);

/* A VM has ended for good, or could not start: the machine goes off with the last. */
void vm_gone(void);

#endif
