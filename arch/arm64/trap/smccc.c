/* SPDX-License-Identifier: Apache-2.0 */
/* HVC and SMC of guests (SMC Calling Convention, Arm DEN0028, version 1.1). EL2 answers them; only
 * the workaround calls reach the firmware, and what `firmware_calls` lists. */
#include "cpu/vcpu.h"
#include "entry.h"
#include "hw/esr.h"
#include "hw/smc.h"
#include "speed.h"
#include "trap/firmware.h"
#include "trap/frame.h"
#include "trap/psci.h"
#include "trap/step.h"

#define SMCCC_VERSION           0x80000000u
#define SMCCC_ARCH_FEATURES     0x80000001u
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffu
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu
#define SMCCC_NOT_SUPPORTED     (-1)
#define SMCCC_VERSION_1_1       0x10001

/* The PSCI range of the Standard Secure Service calls: function numbers 0 to 0x1f, in 32- and
 * 64-bit form. */
#define PSCI_RANGE_MASK 0xbfffffe0u
#define PSCI_RANGE      0x84000000u

/* Asks the firmware whether this CPU needs a workaround against speculation, and returns its
 * answer. The guest decides nothing about that call but that it is made. */
static int64_t workaround_features(uint32_t function)
{
	if (!system_config.arch.firmware.smccc ||
		(int32_t)smc_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0) < 0)
		return SMCCC_NOT_SUPPORTED;
	return (int32_t)smc_call(SMCCC_ARCH_FEATURES, function, 0, 0);
}

static int64_t arch_features(uint32_t function)
{
	switch (function) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		return 0;
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
		return workaround_features(function);
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}

/* Lets the firmware carry out a workaround. Of the guest's argument it learns only whether
 * it is 0. */
static int64_t workaround(uint32_t function, uint32_t enable)
{
	if (workaround_features(function) < 0)
		return SMCCC_NOT_SUPPORTED;
	smc_call(function, enable != 0, 0, 0);
	return 0;
}

/* The calls that are not PSCI's. All are 32-bit calls, of which only W registers count (DEN0028,
 * section 2.6). */
static int64_t arch_call(uint32_t function, uint32_t argument)
{
	switch (function) {
	case SMCCC_VERSION:
		return SMCCC_VERSION_1_1;
	case SMCCC_ARCH_FEATURES:
		return arch_features(argument);
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
		return workaround(function, argument);
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}

/* `reason`: what the exit was counted as. */
COLD("PSCI_VERSION by SMC")
static int64_t other_call(struct vcpu *vcpu, uint32_t reason, struct guest_frame *frame)
{
	uint32_t function = (uint32_t)frame->x[0];

	if (firmware_may(vcpu->vm, function))
		return firmware_call(vcpu, reason, frame);
	return arch_call(function, (uint32_t)frame->x[1]);
}

static inline int64_t call(
	struct vcpu *vcpu, struct guest_frame *frame, uint64_t esr, uint32_t reason)
{
	uint32_t function = (uint32_t)frame->x[0];

	if (esr & ISS_IMMEDIATE) /* all others are reserved (DEN0028, section 2.9) */
		return SMCCC_NOT_SUPPORTED;
	if ((function & PSCI_RANGE_MASK) == PSCI_RANGE)
		return psci_call(vcpu, function, frame->x);
	return other_call(vcpu, reason, frame);
}

int64_t hvc_handle(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame)
{
	vcpu_count_exit(vcpu, EXIT_HVC);
	return call(vcpu, frame, esr, EXIT_HVC);
}

HOT("PSCI_VERSION by HVC")
int64_t smc_handle(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame)
{
	vcpu_count_exit(vcpu, EXIT_SMC);
	/* A trapped SMC has not been executed, so ELR_EL2 points to it (DDI 0487, HCR_EL2.TSC).
	 * Step over it before the call, as CPU_OFF never returns. */
	step_over(esr);
	return call(vcpu, frame, esr, EXIT_SMC);
}
