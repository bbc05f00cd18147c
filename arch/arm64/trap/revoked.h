/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 aborts of a VM whose stage-2 root can be cleared to stop it (vcpu/stage2.h). */
#ifndef PINION_REVOKED_H
#define PINION_REVOKED_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/vcpu.h"

/* stage2_was_revoked() for a VM that has a live root. */
bool stage2_resume(struct vcpu *vcpu, uint64_t esr);

/*
 * To be asked about every stage-2 abort before it is answered, on the vCPU's own pCPU; `esr` is
 * ESR_EL2. True: the abort happened only because the root was cleared. The root is restored, and
 * the guest may execute the instruction again. False: the abort has another cause. Does not return
 * if the VM is stopping.
 */
static inline bool stage2_was_revoked(struct vcpu *vcpu, uint64_t esr)
{
	return vcpu->vm->arch.live_root && stage2_resume(vcpu, esr);
}

#endif
