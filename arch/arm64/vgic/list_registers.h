/* SPDX-License-Identifier: Apache-2.0 */
/* Moves interrupts into the list registers of this pCPU, and out of them. `self` is its vCPU, and
 * the VM's lock is held. `b`: see bank.h. */
#ifndef PINION_LIST_REGISTERS_H
#define PINION_LIST_REGISTERS_H

#include "route.h"
#include "vgic/bank.h"

/* Takes note of what the guest has ended since: empties list registers that report the end of their
 * interrupt, and ends interrupts that were evicted. */
void vgic_list_settle(struct vcpu *self);

/*
 * Syncs bank `b`: takes its pending interrupts out of the list registers, carries out what others
 * asked of `self` by want_*, and gives back or releases what `self` no longer delivers. The caller
 * then fills list registers anew and publishes.
 */
void vgic_list_sync(struct vcpu *self, uint32_t b);

/* Moves the pending state of list register `n` into the bank of its interrupt. `lr`: its value. */
void vgic_list_take_out(struct vcpu *self, uint32_t n, lr_t lr);

/* Moves the active interrupt in list register `n` into its bank, and empties the list register. */
void vgic_list_evict(struct vcpu *self, uint32_t n);

/* Moves all states in the list registers into their banks, and empties all. The vCPU goes off. */
void vgic_list_drop(struct vcpu *self);

/* The states of bank `b` that are in the list registers, a bit for each interrupt. */
void vgic_list_state(const struct vgic_cpu *cpu, uint32_t b, uint32_t *pending, uint32_t *active);

/* The number of the list register that has `intid`, or -1. */
int vgic_list_find(const struct vgic_cpu *cpu, uint32_t intid);

/* True if `self` may deliver interrupt `i` of bank `b` once it is pending: it is not active in the
 * bank, and is forwarded to this vCPU. */
static inline bool vgic_list_is_for(struct vcpu *self, uint32_t b, uint32_t i)
{
	const struct vgic_bank *bank = vgic_bank(self, b);

	if (bank->active >> i & 1)
		return false;
	if (b == 0)
		return self->arch.vgic.ready >> i & 1;
	return (vgic_forwarded(self->vm, bank) >> i & 1) &&
	       route_leads(vgic_load(bank->route[i]), route_to(self->config));
}

#endif
