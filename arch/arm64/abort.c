/* SPDX-License-Identifier: Apache-2.0 */
#include "abort.h"

#include "fault.h"
#include "frame.h"
#include "inject.h"
#include "iss.h"
#include "mmio.h"
#include "sysreg.h"
#include "vcpu.h"

/* Fault status codes without the level (DDI 0487, ESR_EL2, ISS encoding for a data abort) */
#define FSC(esr)        ((esr) & 0x3c)
#define FSC_TRANSLATION 0x04
#define FSC_PERMISSION  0x0c
#define ISS_S1PTW       BIT(7)

/* The page of the fault is in HPFAR_EL2, the offset in FAR_EL2, which is a virtual address. */
static uint64_t fault_ipa(void)
{
	return (read_sysreg(hpfar_el2) & ~0xfull) << 8 | (read_sysreg(far_el2) & 0xfff);
}

static bool is_stage2_fault(uint64_t esr)
{
	return (FSC(esr) == FSC_TRANSLATION || FSC(esr) == FSC_PERMISSION) && !(esr & ISS_S1PTW);
}

static void nothing_there(struct vcpu *vcpu, uint64_t esr)
{
	vcpu->shared->exits[EXIT_ABORT]++;
	inject_external_abort(esr);
}

void data_abort(struct vcpu *vcpu, struct guest_frame *frame, uint64_t esr)
{
	struct iss iss;
	uint64_t *value = &vcpu->mmio_value;

	if (!is_stage2_fault(esr)) {
		nothing_there(vcpu, esr);
		return;
	}
	if (!iss_decode(esr, &iss)) {
		if (mmio_is_emulated(vcpu, fault_ipa()))
			vm_fault(vcpu, frame, esr, "device access by an instruction that gives no syndrome (a pair, "
						   "write-back, exclusive, SIMD or cache instruction)");
		nothing_there(vcpu, esr);
		return;
	}
	if (iss.write)
		*value = iss.reg == 31 ? 0 : iss_truncate(&iss, frame->x[iss.reg]);
	switch (mmio_access(vcpu, fault_ipa(), iss.size, iss.write, value)) {
	case MMIO_FAULT:
		nothing_there(vcpu, esr);
		return;
	case MMIO_RETRY:
		return;
	case MMIO_DONE:
		break;
	}
	if (!iss.write && iss.reg != 31)
		frame->x[iss.reg] = iss_extend(&iss, *value);
	write_sysreg(elr_el2, read_sysreg(elr_el2) + 4);
}

void instruction_abort(struct vcpu *vcpu, struct guest_frame *frame, uint64_t esr)
{
	(void)frame;
	nothing_there(vcpu, esr);
}
