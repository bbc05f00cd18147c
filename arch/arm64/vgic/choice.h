/* SPDX-License-Identifier: Apache-2.0 */
/* Which pending interrupts get a list register of this pCPU. With the VM's lock held. */
#ifndef PINION_CHOICE_H
#define PINION_CHOICE_H

#include <stdint.h>

struct vcpu;

/* Asks for the maintenance interrupts that what waits outside of the list registers needs. */
void vgic_choice_control(struct vcpu *self);

/* Puts pending interrupts of these banks into list registers. */
void vgic_choice_fill(struct vcpu *self, uint32_t banks);

#endif
