/* SPDX-License-Identifier: Apache-2.0 */
/* Synchronous exceptions of the guest other than HVC and SMC: aborts and trapped system registers. */
#include "abort.h"
#include "fault.h"
#include "frame.h"
#include "inject.h"
#include "sysreg.h"
#include "trap.h"
#include "vcpu.h"

void sync_handle(struct guest_frame *frame, uint64_t esr);

void sync_handle(struct guest_frame *frame, uint64_t esr)
{
	struct vcpu *vcpu = this_vcpu();

	switch (esr >> ESR_EC_SHIFT & 0x3f) {
	case EC_DABT_LOWER:
		data_abort(vcpu, frame, esr);
		break;
	case EC_SYSREG:
		sysreg_trap(vcpu, frame, esr);
		break;
	case EC_IABT_LOWER:
		instruction_abort(vcpu, frame, esr);
		break;
	default:
		/* Everything else that traps is something the guest does not have: SVE, trace, implementation-defined and
		 * AArch32 system registers. */
		vcpu->shared->exits[EXIT_OTHER]++;
		inject_undefined(esr);
		break;
	}
}
