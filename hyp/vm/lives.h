/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of all VMs' lives, and every step from one to the next. A life is the time from the
 * loading of a VM's images to its end. What a VM's own vCPUs do for a step is in vm.h. Unless said
 * otherwise, the functions work on any pCPU.
 */
#ifndef PINION_LIVES_H
#define PINION_LIVES_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "vm/vm_shared.h"

struct vcpu;

/* What an operator may ask of a VM. */
enum vm_request {
	VM_REQUEST_STOP,    /* starting, running or stopping: ends, whatever `on_crash` says */
	VM_REQUEST_START,   /* off or crashed: starts */
	VM_REQUEST_RESTART, /* in any of these states: ends if need be, and starts */
};

/*
 * Asks `vm` for a step, and does not wait for it. Returns false if the VM's state does not allow
 * that step, or if the machine is going off.
 */
bool vm_ask(const struct vm_config *vm, enum vm_request request);

/*
 * Stops a running VM as vm_stop() does, but returns: this vCPU, too, parks when it serves
 * REQUEST_VM. On a pCPU of that VM, with the lock of one of its emulated devices held. The reset
 * function of the device takes that lock, so this life does not end meanwhile.
 */
void vm_end(const struct vm_config *vm, enum vm_stop stop);

/*
 * Makes all VMs "starting", for their first life. Called once, by the boot CPU, before any starts.
 */
void vm_expect_all(void);

/*
 * Makes `vm` absent before its first life, because a pCPU of it did not come up or a device of it
 * could not be silenced. Called once per VM, before any vCPU of it has entered its guest. If no
 * other VM is left, the machine goes off.
 */
void vm_is_absent(const struct vm_config *vm);

/* ---------------------------------------------------------------- for vm.c */

/*
 * The life word (VM_LIFE()). The caller sees what the VM's other vCPUs did before the vm_move()
 * that wrote it.
 */
uint32_t vm_life(const struct vm_config *vm);

/*
 * Changes the life word from `*life` to `next`, with acquire and release order. Returns false if
 * another pCPU has changed it before; `*life` is then its present value.
 */
bool vm_move(const struct vm_config *vm, uint32_t *life, uint32_t next);

/* Counts a restart and asks vCPU 0 to start the VM, which has moved to VM_STARTING. */
void vm_begin(const struct vm_config *vm);

/*
 * Notes that a VM has become absent, off or crashed. If no other VM is left, switches the machine
 * off and does not return.
 */
void vm_gone(void);

/*
 * Moves the VM from the state of `*life` to VM_STOPPING, and asks every vCPU to park, except
 * `self`, which parks by itself (NULL: none). Returns false as vm_move() does.
 */
bool vm_halt(
	const struct vm_config *vm, uint32_t *life, enum vm_stop stop, const struct vcpu *self);

#endif
