/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the vCPUs of a VM ask of each other. Only a vCPU's own pCPU accesses its list registers. So
 * if another one changes the state of an interrupt, it marks the bank for the vCPU concerned and
 * kicks that vCPU, which serves the mark. For `b`, `self` and `target` see bank.h. The VM's lock is
 * held.
 */
#ifndef PINION_REQUESTS_H
#define PINION_REQUESTS_H

#include "vgic/bank.h"

/* Marks bank `b` as one that may have a pending interrupt for a list register of `target`. This and
 * vgic_request_sync() kick `target`, unless it is `self`. */
void vgic_queue(struct vcpu *self, struct vcpu *target, uint32_t b);

/*
 * Asks `target` to take the interrupts of bank `b` that it holds out of its list registers, look at
 * them anew and publish their states. Until that is done, GICD_CTLR.RWP and GICR_CTLR.RWP of the VM
 * read as 1.
 */
void vgic_request_sync(struct vcpu *self, struct vcpu *target, uint32_t b);

/* The states of the interrupts in `bits` have changed. Asks the holder of each to sync, or else
 * queues each for the vCPU that is to get it. */
void vgic_reconsider(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* vgic_reconsider() for a change after which no interrupt has to leave its list register. */
void vgic_offer(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* Serves the marks of this vCPU. Afterwards its list registers are up to date. */
void vgic_serve(struct vcpu *self);

/* vgic_serve() if anything is marked. */
static inline void vgic_serve_marked(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	if (vgic_load(cpu->queued) | vgic_load(cpu->sync))
		vgic_serve(self);
}

#endif
