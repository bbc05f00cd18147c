/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv3 of a VM whose physical interrupts go straight to EL1: direct and sole mode
 * (interrupt_mode.h).
 *
 * The CPU interface is the physical one. The frames of the distributor and the redistributors trap:
 * EL2 writes the guest's settings of its own interrupts to the hardware, and keeps every bit of
 * other VMs and of EL2. The banks (vgic/bank.h) have what cannot be read back from there: enables,
 * groups and routes as the guest wrote them.
 *
 * The interrupts of emulated devices are SPIs that no device of the machine has. EL2 sets them
 * pending, and keeps the level of their lines in `latched`.
 *
 * The guest sees these differences to the virtual GIC: SGI 15 is EL2's; there is no Group 0, so
 * what the guest puts there is not delivered; priorities above GIC_GUEST_PRIORITY count as that
 * one.
 */
#ifndef PINION_DIRECT_H
#define PINION_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* The CPU interface as the guest has set it up. The fields are private to direct/ and gic/gic.c.
 * Only the vCPU's own pCPU accesses them, if no lock is named. */
struct direct_cpu {
	uint64_t hcr; /* HCR_EL2 while the guest runs */
	/* Its private interrupts may be enabled in hardware. Written under the VM's lock. */
	bool on;
	/* The redistributor does not have all its priorities. Accessed under the VM's lock. */
	bool stale;
	uint8_t priority_mask; /* ICC_PMR_EL1 as the guest wrote it */
	uint8_t least_mask;    /* what ICC_PMR_EL1 gets when the guest writes 0 */
	/* ICC_PMR_EL1 counts priorities in another way than the distributor: masks_differ(). */
	bool differs;
};

/* The frames, laid out as those in vgic/frames.h and vgicv3/redistributors.h. */
mmio_read_fn directd_read, directr_read;
mmio_write_fn directd_write, directr_write;

/* What the functions of both modes share with the frames. The VM's lock is held. */

/* The private interrupts of `target` that are to be enabled in hardware: those that the guest has
 * enabled, and none while `target` is off. */
uint32_t direct_private_enables(struct vcpu *target);

/* Writes the priorities of the interrupts in `bits` of bank `b` to the hardware. */
void direct_write_priorities(struct vcpu *target, uint32_t b, uint32_t bits);

#endif
