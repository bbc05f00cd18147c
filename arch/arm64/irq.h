/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PINION_IRQ_H
#define PINION_IRQ_H

struct vcpu;

/* Takes one physical interrupt of this pCPU, if one is pending, and does what it asks for. */
void irq_handle(struct vcpu *vcpu);

#endif
