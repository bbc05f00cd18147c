/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage-2 root of a VM whose interrupts do not come to EL2: it has a private copy, which is
 * cleared to stop it, and its vCPUs arrive in EL2 by the aborts that follow. All tables below the
 * root are constants, as those of other VMs.
 */
#ifndef PINION_STAGE2_H
#define PINION_STAGE2_H

#include <stdint.h>

#include "config.h"

#define VTTBR_ROOT 0xfffffffffffeull /* BADDR, without CnP */

static inline const uint64_t *stage2_constant_root(const struct vm_config *vm)
{
	return (const uint64_t *)(vm->arch.vttbr & VTTBR_ROOT);
}

/* VTTBR_EL2 of the VM. */
uint64_t stage2_vttbr(const struct vm_config *vm);

/* The copy is as the constant root again. On a pCPU of that VM. */
void stage2_restore(const struct vm_config *vm);

#endif
