/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lives of all VMs: their states, and every step from one to the next, from any pCPU. What a
 * VM's own vCPUs do for such a step is in vm.h.
 */
#ifndef PINION_LIVES_H
#define PINION_LIVES_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "vm/vm_shared.h"

struct vcpu;

/* What may be asked of any VM. */
enum vm_request {
	VM_REQUEST_STOP,    /* of a VM that is starting, running or stopping: it ends, whatever its
	                       policy says */
	VM_REQUEST_START,   /* of a VM that is off or has crashed */
	VM_REQUEST_RESTART, /* in any of these states */
};

/*
 * Asks for a step in the life of `vm`, on any pCPU; does not wait for it. False: the VM's state
 * does not allow it, or the machine is going off.
 */
bool vm_ask(const struct vm_config *vm, enum vm_request request);

/*
 * vm_stop() for whoever has more to do, as it returns: vCPUs park as soon as they are about to
 * leave EL2. On a pCPU of the VM that keeps this life from ending meanwhile, by a lock that a
 * device's reset takes.
 */
void vm_end(const struct vm_config *vm, enum vm_stop stop);

/* All VMs are about to start. Called once, by the boot CPU, before any does. */
void vm_expect_all(void);

/*
 * `vm` has no life: a pCPU of it does not come up, and vCPU 0 was not started, or a device of it
 * cannot be silenced before the first one. Once; the machine goes off if no other VM is left.
 */
void vm_is_absent(const struct vm_config *vm);

/* What follows is for vm.c. */

/* The life word (VM_LIFE()). What the VM's other vCPUs left behind by vm_move() is visible. */
uint32_t vm_life(const struct vm_config *vm);

/*
 * The only way from one state to the next. False: somebody else was faster; `life` is what there is
 * now.
 */
bool vm_move(const struct vm_config *vm, uint32_t *life, uint32_t next);

/* The VM has moved to VM_STARTING for another life: asks vCPU 0 to start it. */
void vm_begin(const struct vm_config *vm);

/* The VM is off, or does not come up. Does not return if no other is left: the machine goes off. */
void vm_gone(void);

/*
 * From the state that `life` says to VM_STOPPING: asks every vCPU to park, but `self`, which does
 * it anyway. False: as vm_move().
 */
bool vm_halt(
	const struct vm_config *vm, uint32_t *life, enum vm_stop stop, const struct vcpu *self);

#endif
