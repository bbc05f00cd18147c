/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage-2 root of a VM whose interrupts do not come to EL2: it has a private copy, which is cleared to stop it, and
 * its vCPUs arrive in EL2 by the aborts that follow. All tables below the root are constants, as those of other VMs.
 */
#ifndef PINION_STAGE2_H
#define PINION_STAGE2_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/vcpu.h"

/* VTTBR_EL2 of the VM. */
uint64_t stage2_vttbr(const struct vm_config *vm);

/* The copy is as the constant root again. On a pCPU of that VM. */
void stage2_restore(const struct vm_config *vm);

/* For a VM that has such a copy. */
bool stage2_resume(struct vcpu *vcpu, uint64_t esr);

/*
 * A stage-2 abort of `vcpu`: true if there was one only because the VM's root is cleared; the guest may go on then.
 * Does not return if the VM is stopping.
 */
static inline bool stage2_was_revoked(struct vcpu *vcpu, uint64_t esr)
{
	return vcpu->vm->arch.live_root && stage2_resume(vcpu, esr);
}

#endif
