/* SPDX-License-Identifier: Apache-2.0 */
#include "trap.h"

#include "frame.h"
#include "idregs.h"
#include "inject.h"
#include "sections.h"
#include "step.h"
#include "sysreg.h"
#include "vcpu.h"
#include "vgic.h"

/* ISS of exception class 0x18 (DDI 0487, ESR_EL2): op0 [21:20], op2 [19:17], op1 [16:14], CRn [13:10], Rt [9:5], CRm
 * [4:1], direction [0]. */
#define SYSREG(op0, op1, crn, crm, op2) ((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ISS_REGISTER                    0x3ffc1eu
#define ISS_READ                        1u
#define ISS_RT(iss)                     ((iss) >> 5 & 31)
#define ISS_CRM(iss)                    ((iss) >> 1 & 15)
#define ISS_OP2(iss)                    ((iss) >> 17 & 7)

#define ICC_SGI1R  SYSREG(3, 0, 12, 11, 5)
#define ICC_ASGI1R SYSREG(3, 0, 12, 11, 6)
#define ICC_SGI0R  SYSREG(3, 0, 12, 11, 7)
#define ICC_DIR    SYSREG(3, 0, 12, 11, 1)
#define ACTLR_EL1  SYSREG(3, 0, 1, 0, 1)

/* ID group 3: op0 = 3, op1 = 0, CRn = 0, CRm 1 to 7 */
#define ID_GROUP      SYSREG(3, 0, 0, 0, 0)
#define ID_GROUP_MASK SYSREG(3, 7, 15, 0, 0)

/* Returns false if there is no such register here. */
static bool sysreg_write(struct vcpu *vcpu, uint32_t reg, uint64_t value)
{
	switch (reg) {
	case ICC_SGI0R:
		vgic_send_sgi(vcpu, VGIC_SGI0R, value);
		return true;
	case ICC_ASGI1R:
		vgic_send_sgi(vcpu, VGIC_ASGI1R, value);
		return true;
	case ICC_DIR:
		vgic_deactivate(vcpu, value & 0xffffff);
		return true;
	case ACTLR_EL1:
		return true; /* implementation-defined controls of the pCPU stay as the firmware set them */
	default:
		return false;
	}
}

static bool sysreg_read(uint32_t reg, uint64_t *value)
{
	if (reg == ACTLR_EL1) {
		*value = read_sysreg(actlr_el1);
		return true;
	}
	if ((reg & ID_GROUP_MASK) == ID_GROUP && ISS_CRM(reg) >= 1 && ISS_CRM(reg) <= 7) {
		*value = idregs_read(ISS_CRM(reg), ISS_OP2(reg));
		return true;
	}
	return false;
}

static COLD void other_register(struct vcpu *vcpu, struct guest_frame *frame, uint64_t esr)
{
	uint32_t iss = (uint32_t)esr;
	uint32_t reg = iss & ISS_REGISTER;
	bool known;

	vcpu_count_exit(vcpu, EXIT_SYSREG);
	if (iss & ISS_READ)
		known = sysreg_read(reg, &frame->x[ISS_RT(iss)]);
	else
		known = sysreg_write(vcpu, reg, frame->x[ISS_RT(iss)]);
	if (known)
		step_over(esr);
	else
		inject_undefined();
}

void sysreg_trap(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame)
{
	if (((uint32_t)esr & (ISS_REGISTER | ISS_READ)) != ICC_SGI1R) {
		other_register(vcpu, frame, esr);
		return;
	}
	vcpu_count_exit(vcpu, EXIT_SGI);
	step_over(esr);
	vgic_send_sgi(vcpu, VGIC_SGI1R, frame->x[ISS_RT((uint32_t)esr)]);
}
