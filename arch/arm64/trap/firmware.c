/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/firmware.h"

#include "cpu/vcpu.h"
#include "entry.h"
#include "hw/esr.h"
#include "lib/lock.h"
#include "trap/frame.h"
#include "trap/step.h"
#include "vm/vm.h"

#define SMCCC_64    0x40000000u /* in a function id: arguments have 64 bits (DEN0028, table 2-1) */
#define SMC_RESULTS 4           /* x0 to x3 */

bool firmware_may(const struct vm_config *vm, uint32_t function)
{
	for (uint32_t i = 0; i < vm->arch.firmware_call_count; i++) {
		const struct firmware_range *range = &vm->arch.firmware_calls[i];

		if (function - range->first <= range->last - range->first)
			return true;
	}
	return false;
}

int64_t firmware_call(struct vcpu *vcpu, uint32_t reason, struct guest_frame *frame)
{
	struct lock *lock = &vcpu->vm->state->arch.firmware;
	uint32_t function = (uint32_t)frame->x[0];
	uint64_t x[SMC_ARGUMENTS];

	/* A call may take the firmware long, so the guest waits for its turn, not EL2. */
	if (!lock_try(lock)) {
		step_plain(-STEP_A64);
		return (int64_t)frame->x[0];
	}
	vcpu_recount_exit(vcpu, reason, EXIT_FIRMWARE);
	x[0] = function;
	for (uint32_t i = 1; i < SMC_ARGUMENTS; i++)
		x[i] = function & SMCCC_64 ? frame->x[i] : (uint32_t)frame->x[i];
	smc_forward(x);
	lock_release(lock);
	for (uint32_t i = 1; i < SMC_RESULTS; i++)
		frame->x[i] = x[i];
	return (int64_t)x[0];
}
