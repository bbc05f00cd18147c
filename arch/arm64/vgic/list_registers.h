/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the list registers of this pCPU, and what comes out. With the VM's lock held. */
#ifndef PINION_LIST_REGISTERS_H
#define PINION_LIST_REGISTERS_H

#include "gic/affinity.h"
#include "vgic/bank.h"

/* List registers whose interrupt was deactivated are emptied, and active interrupts that had to
 * leave theirs. */
void vgic_list_settle(struct vcpu *self);

/* Takes pending interrupts of bank `b` out of the list registers; what was asked of this vCPU by
 * want_* happens. */
void vgic_list_sync(struct vcpu *self, uint32_t b);

/* The pending state of list register `n`, which contains `lr`, goes back into its bank. */
void vgic_list_take_out(struct vcpu *self, uint32_t n, uint64_t lr);

/* An active interrupt leaves its list register `n`. */
void vgic_list_evict(struct vcpu *self, uint32_t n);

/* Empties all list registers, for good. */
void vgic_list_drop(struct vcpu *self);

/* The states of bank `b` in the list registers. */
void vgic_list_state(const struct vgic_cpu *cpu, uint32_t b, uint32_t *pending, uint32_t *active);

/* The list register that holds `intid`, or -1. */
int vgic_list_find(const struct vgic_cpu *cpu, uint32_t intid);

/* True if this vCPU may deliver interrupt `i` of bank `b` once it is pending. */
static inline bool vgic_list_is_for(struct vcpu *self, uint32_t b, uint32_t i)
{
	const struct vgic_bank *bank = vgic_bank(self, b);

	if (bank->active >> i & 1)
		return false;
	if (b == 0)
		return self->arch.vgic.ready >> i & 1;
	return (vgic_forwarded(self->vm, bank) >> i & 1) &&
	       vgic_load(bank->affinity[i]) == gic_affinity(self->config->arch.vmpidr);
}

#endif
