/* SPDX-License-Identifier: Apache-2.0 */
/* Writes of the guest to registers of its CPU interface that trap. `vcpu` is the writer's. */
#ifndef PINION_VIRTUAL_H
#define PINION_VIRTUAL_H

#include <stdint.h>

#include "gic/interrupt_mode.h"

/* Carries out a write of `value` to an SGI generation register. */
void vgic_send_sgi(struct vcpu *vcpu, enum sgi_register which, uint64_t value);

/* Carries out a write of `intid` to ICC_DIR_EL1. */
void vgic_deactivate(struct vcpu *vcpu, uint32_t intid);

#endif
