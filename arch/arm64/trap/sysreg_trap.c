/* SPDX-License-Identifier: Apache-2.0 */
/* System registers whose accesses by the guest trap to EL2. */
#include "cpu/vcpu.h"
#include "entry.h"
#include "gic/gic_regs.h"
#include "gic/interrupt_mode.h"
#include "hw/esr.h"
#include "speed.h"
#include "trap/frame.h"
#include "trap/idregs.h"
#include "trap/inject.h"
#include "trap/step.h"

#define ACTLR_EL1 SYSREG(3, 0, 1, 0, 1)

/* ID group 3: op0 = 3, op1 = 0, CRn = 0, CRm 1 to 7 */
#define ID_GROUP      SYSREG(3, 0, 0, 0, 0)
#define ID_GROUP_MASK SYSREG(3, 7, 15, 0, 0)

/* Write and read for the guest. False: the guest has no such register, and the access is
 * UNDEFINED. */
static bool sysreg_write(struct vcpu *vcpu, uint32_t reg, uint64_t value)
{
	switch (reg) {
	case SYSREG_ICC_SGI0R:
		vcpu->vm->arch.interrupts->send_sgi(vcpu, ICC_SGI0R, value);
		return true;
	case SYSREG_ICC_ASGI1R:
		vcpu->vm->arch.interrupts->send_sgi(vcpu, ICC_ASGI1R, value);
		return true;
	case ACTLR_EL1:
		/* Ignored: implementation-defined controls stay as the firmware set them. */
		return true;
	default:
		return vcpu->vm->arch.interrupts->write_register(vcpu, reg, value);
	}
}

static bool sysreg_read(struct vcpu *vcpu, uint32_t reg, uint64_t *value)
{
	if (reg == ACTLR_EL1) {
		*value = read_sysreg(actlr_el1);
		return true;
	}
	if ((reg & ID_GROUP_MASK) == ID_GROUP && ISS_CRM(reg) >= 1 && ISS_CRM(reg) <= 7) {
		*value = idregs_read(ISS_CRM(reg), ISS_OP2(reg));
		return true;
	}
	return vcpu->vm->arch.interrupts->read_register(vcpu, reg, value);
}

static void other_register(struct vcpu *vcpu, struct guest_frame *frame, uint64_t esr)
{
	uint32_t iss = (uint32_t)esr;
	uint32_t reg = iss & ISS_REGISTER;
	bool known;

	vcpu_count_exit(vcpu, EXIT_SYSREG);
	if (iss & ISS_READ)
		known = sysreg_read(vcpu, reg, &frame->x[ISS_RT(iss)]);
	else
		known = sysreg_write(vcpu, reg, frame->x[ISS_RT(iss)]);
	if (known)
		step_over(esr);
	else
		inject_undefined();
}

HOT("SGI to a CPU that spins")
void sysreg_trap(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame)
{
	if (((uint32_t)esr & (ISS_REGISTER | ISS_READ)) != SYSREG_ICC_SGI1R) {
		other_register(vcpu, frame, esr);
		return;
	}
	vcpu_count_exit(vcpu, EXIT_SGI);
	step_over_a64(); /* AArch32 code is at EL0, which has no such register */
	vcpu->vm->arch.interrupts->send_sgi(vcpu, ICC_SGI1R, frame->x[ISS_RT((uint32_t)esr)]);
}
