/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What vCPUs of a VM have to do for each other: who changes the state of an interrupt marks the
 * bank for the vCPU concerned and kicks it, as only a vCPU's own pCPU touches its list registers.
 * `b`, `self`, `target`: see bank.h. With the VM's lock held.
 */
#ifndef PINION_REQUESTS_H
#define PINION_REQUESTS_H

#include "vgic/bank.h"

/* Something of bank `b` may be there for `target` to put into a list register. */
void vgic_queue(struct vcpu *self, struct vcpu *target, uint32_t b);

/* What `target` holds of bank `b` is to be looked at anew, and shown. */
void vgic_request_sync(struct vcpu *self, struct vcpu *target, uint32_t b);

/* The state of these interrupts changed: whoever holds one, or is to get it, looks at it. */
void vgic_reconsider(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* The same for a change that takes nothing away: what is in list registers may stay there. */
void vgic_offer(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* Does what is marked for this vCPU: list registers are up to date afterwards. */
void vgic_serve(struct vcpu *self);

/* The same, if anything is marked. */
static inline void vgic_serve_marked(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	if (vgic_load(cpu->queued) | vgic_load(cpu->sync))
		vgic_serve(self);
}

#endif
