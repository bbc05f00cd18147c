/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU between its lives: reset, start, idle. All act on the pCPU that they run on. */
#ifndef PINION_ARCH_VCPU_H
#define PINION_ARCH_VCPU_H

#include <stdint.h>

struct vcpu;
struct vm_config;

/* Enters the guest at IPA `entry` with x0 = `context` and everything else as after a reset. */
_Noreturn void arch_vcpu_start(struct vcpu *vcpu, uint64_t entry, uint64_t context);

/* Waits in EL2 until it is asked to start. */
_Noreturn void arch_vcpu_idle(struct vcpu *vcpu);

/* The guest no longer runs here: list registers, timers and private interrupts are quiet afterwards. */
void arch_vcpu_retire(struct vcpu *vcpu);

/* Waits for an interrupt of the guest, or any other. */
void arch_vcpu_standby(void);

/* Copies the VM's images to its RAM and makes them visible to a guest whose caches are off. On vCPU 0's pCPU. */
void arch_vm_load(const struct vm_config *vm);

#endif
