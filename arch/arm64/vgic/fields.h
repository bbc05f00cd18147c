/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the virtual GIC that have more than a bit for each INTID: GIC_IPRIORITYR and
 * GIC_ICFGR. For `self` and `target` see bank.h. Writes take the VM's lock. */
#ifndef PINION_FIELDS_H
#define PINION_FIELDS_H

#include <stdint.h>

struct vcpu;

/*
 * GIC_IPRIORITYR of `size` INTIDs from `first` on, a byte for each; `size`: 1 or 4. Private ones
 * are those of `target`. Writes of priorities that the VM does not own are ignored, and 5 bits of
 * each are kept.
 */
uint64_t vgic_priority_read(struct vcpu *target, uint32_t first, unsigned size);
void vgic_priority_write(
	struct vcpu *self, struct vcpu *target, uint32_t first, unsigned size, uint32_t value);

/* The virtual GIC_ICFGR number `n`, which has INTIDs 16 * n to 16 * n + 15. SGIs and what the VM
 * does not own keep their fields, and so do hardware interrupts whose fields the hardware fixes. */
uint32_t vgic_trigger_read(struct vcpu *target, uint32_t n);
void vgic_trigger_write(struct vcpu *self, struct vcpu *target, uint32_t n, uint32_t value);

#endif
