/* SPDX-License-Identifier: Apache-2.0 */
/* Which groups the virtual distributor forwards. */
#ifndef PINION_CONTROL_H
#define PINION_CONTROL_H

#include <stdint.h>

struct vcpu;

/* Carries out a write of GICD_CTLR.EnableGrp0 and EnableGrp1 by `self`. Other bits are ignored. */
void vgic_control_write(struct vcpu *self, uint32_t value);

#endif
