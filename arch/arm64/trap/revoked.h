/* SPDX-License-Identifier: Apache-2.0 */
/* What a cleared stage-2 root (vcpu/stage2.h) makes of a guest's accesses. */
#ifndef PINION_REVOKED_H
#define PINION_REVOKED_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/vcpu.h"

/* For a VM that has a copy of its root. */
bool stage2_resume(struct vcpu *vcpu, uint64_t esr);

/*
 * A stage-2 abort of `vcpu`: true if there was one only because the VM's root is cleared; the guest
 * may go on then. Does not return if the VM is stopping.
 */
static inline bool stage2_was_revoked(struct vcpu *vcpu, uint64_t esr)
{
	return vcpu->vm->arch.live_root && stage2_resume(vcpu, esr);
}

#endif
