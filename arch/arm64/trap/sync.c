/* SPDX-License-Identifier: Apache-2.0 */
/* Synchronous exceptions from the guest of those classes that are not frequent. */
#include "cpu/vcpu.h"
#include "entry.h"
#include "gic/interrupt_mode.h"
#include "hw/esr.h"
#include "trap/abort.h"
#include "trap/inject.h"
#include "trap/step.h"

void sync_handle(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame)
{
	switch (ESR_EC(esr)) {
	case EC_IABT_LOWER:
		instruction_abort(vcpu, esr, frame);
		break;
	case EC_WFX:
		vcpu_count_exit(vcpu, EXIT_OTHER);
		step_over(esr);
		vcpu->vm->arch.interrupts->wfi(vcpu, esr & ISS_WFX_TIMED);
		break;
	default:
		/* All else that traps belongs to a feature that the guest does not have: SVE,
		 * trace, implementation-defined and AArch32 system registers. */
		vcpu_count_exit(vcpu, EXIT_OTHER);
		inject_undefined();
		break;
	}
}
