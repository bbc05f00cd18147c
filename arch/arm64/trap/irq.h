/* SPDX-License-Identifier: Apache-2.0 */
/* Physical interrupts that come to EL2. */
#ifndef PINION_IRQ_H
#define PINION_IRQ_H

struct vcpu;

/* Takes the highest pending interrupt of Group 1 and serves it: after an exit for it, or after WFI in EL2. */
void irq_handle(struct vcpu *vcpu);

/* The same of Group 0: EL2's own, on the pCPU of a VM in direct mode. gic_has_group0() holds. */
void fiq_handle(struct vcpu *vcpu);

/* After an exit by FIQ. */
void fiq_exit(struct vcpu *vcpu);

#endif
