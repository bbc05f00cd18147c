/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of the virtual GIC with more than a bit for each INTID: GIC_IPRIORITYR, GIC_ICFGR.
 * `self`, `target`: see bank.h.
 */
#ifndef PINION_FIELDS_H
#define PINION_FIELDS_H

#include <stdint.h>

struct vcpu;

/* GIC_IPRIORITYR: `size` bytes from INTID `first` on. */
uint64_t vgic_priority_read(struct vcpu *target, uint32_t first, unsigned size);
void vgic_priority_write(
	struct vcpu *self, struct vcpu *target, uint32_t first, unsigned size, uint32_t value);

/* The virtual GIC_ICFGR number `n`: 16 INTIDs. */
uint32_t vgic_trigger_read(struct vcpu *target, uint32_t n);
void vgic_trigger_write(struct vcpu *self, struct vcpu *target, uint32_t n, uint32_t value);

#endif
