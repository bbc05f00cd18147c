/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv3 of a VM whose physical interrupts go straight to EL1 (interrupt_mode.h: direct and
 * sole). The CPU interface is the hardware's. The frames of distributor and redistributors trap:
 * what the guest sets up of its own interrupts goes to the hardware, and what other VMs or EL2 have
 * keeps every bit. The banks (vgic/bank.h) hold what cannot be read back there: enables, groups and
 * routes as the guest wrote them, and in `latched` the lines of emulated devices, whose interrupts
 * are SPIs of the machine that no device has, pended by EL2.
 *
 * What differs from the virtual GIC for the guest: SGI 15 is EL2's; there is no Group 0, what the
 * guest puts there is not delivered; priorities below GIC_GUEST_PRIORITY count as that.
 */
#ifndef PINION_DIRECT_H
#define PINION_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* Private fields: the CPU interface as the guest has set it up. Of the vCPU's own pCPU, but as
 * said. */
struct direct_cpu {
	uint64_t hcr; /* HCR_EL2 for the guest */
	bool on; /* its private interrupts are enabled in hardware; written under the VM's lock */
	bool stale; /* the hardware does not have all its priorities; under the VM's lock */
	uint8_t priority_mask; /* ICC_PMR_EL1 as it was written */
	uint8_t least_mask;    /* what is in ICC_PMR_EL1 then, if it was 0 */
	bool differs; /* ICC_PMR_EL1 and the distributor show priorities in two ways (gic.c) */
};

/* The frames, laid out as those of vgic/frames.h. */
mmio_read_fn directd_read, directr_read;
mmio_write_fn directd_write, directr_write;

/* What cpu_on() and vm_reset() of both modes share with the frames; with the VM's lock held. */

/* Private interrupts of `target` that are to be enabled in hardware: as the guest has them; none
 * while it is off. */
uint32_t direct_private_enables(struct vcpu *target);

/* Writes the priorities of these interrupts of bank `b` to the hardware. */
void direct_write_priorities(struct vcpu *target, uint32_t b, uint32_t bits);

#endif
