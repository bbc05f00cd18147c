/* SPDX-License-Identifier: Apache-2.0 */
/* Which pending interrupts get a list register of this pCPU. Its vCPU is on. VM's lock held. */
#ifndef PINION_CHOICE_H
#define PINION_CHOICE_H

#include <stdint.h>

struct vcpu;

/* Enables, in ICH_HCR_EL2, the maintenance interrupts for what waits outside of list registers. */
void vgic_choice_control(struct vcpu *self);

/* Moves pending interrupts of the banks in `banks`, a bit for each, to list registers of `self`,
 * the most urgent ones first if there are too few. Ends with vgic_choice_control(). */
void vgic_choice_fill(struct vcpu *self, uint32_t banks);

#endif
