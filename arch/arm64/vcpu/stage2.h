/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage-2 root, the first table, of a VM whose interrupts do not come to EL2 (direct and sole
 * mode). Such a VM has a private, writable copy of its root, the live root. EL2 clears it to stop
 * the VM: whatever a vCPU executes next is an abort to EL2. All tables below the root are
 * constants, as those of other VMs.
 */
#ifndef PINION_STAGE2_H
#define PINION_STAGE2_H

#include <stdint.h>

#include "config.h"

#define VTTBR_ROOT 0xfffffffffffeull /* VTTBR_EL2.BADDR: all of it but CnP */

/* The root that the generator made. All EL2 views map it. */
static inline const uint64_t *stage2_constant_root(const struct vm_config *vm)
{
	return (const uint64_t *)(vm->arch.vttbr & VTTBR_ROOT);
}

/* The VM's VTTBR_EL2: its VMID with the live root if it has one, else with the constant one. */
uint64_t stage2_vttbr(const struct vm_config *vm);

/* Copies the constant root to the live root, if the VM has one. On a pCPU of that VM. */
void stage2_restore(const struct vm_config *vm);

#endif
