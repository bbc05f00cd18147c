/* SPDX-License-Identifier: Apache-2.0 */
#include "abort.h"

#include "fault.h"
#include "frame.h"
#include "inject.h"
#include "iss.h"
#include "mmio.h"
#include "step.h"
#include "sysreg.h"
#include "vcpu.h"

#define ISS_SIGN_EXTEND BIT(21)

static void nothing_there(struct vcpu *vcpu, uint64_t esr)
{
	vcpu_count_exit(vcpu, EXIT_ABORT);
	vcpu->arch.refused = (struct refused_access){esr, abort_ipa(), read_sysreg(elr_el2)};
	inject_external_abort(esr);
}

/* Every abort that is not an access to an emulated device, done and over with. `frame` is complete if ISV is clear. */
static __attribute__((noinline)) void not_emulated(struct vcpu *vcpu, const struct guest_frame *frame, uint64_t esr)
{
	uint64_t type = esr & (ISS_FSC_TYPE | ISS_S1PTW);

	if (!(esr >> ESR_ISV_BIT & 1) && type == FSC_TRANSLATION && mmio_find(vcpu->vm, abort_ipa()))
		vm_fault(vcpu, frame, esr,
			"device access by an instruction that gives no syndrome (a pair, write-back, exclusive, "
			"SIMD or cache instruction)");
	nothing_there(vcpu, esr);
}

void data_abort(struct guest_frame *frame, uint64_t esr)
{
	struct vcpu *vcpu = this_vcpu();
	const struct mmio_region *region;
	enum mmio_result result;
	struct iss iss;
	uint64_t ipa;

	/* Emulated regions are in no stage-2 table, so an access to one is a translation fault. */
	if ((esr & (BIT(ESR_ISV_BIT) | ISS_S1PTW | ISS_FSC_TYPE)) != (BIT(ESR_ISV_BIT) | FSC_TRANSLATION)) {
		not_emulated(vcpu, frame, esr);
		return;
	}
	iss_decode(esr, &iss);
	ipa = abort_ipa();
	region = mmio_find(vcpu->vm, ipa);
	if (!region || (ipa & (iss.size - 1u))) {
		not_emulated(vcpu, frame, esr);
		return;
	}
	vcpu_count_exit(vcpu, region->exit);
	if (iss.write) {
		result = region->write(
			vcpu, region->device, ipa - region->base, iss.size, iss_truncate(&iss, frame->x[iss.reg]));
	} else {
		result = region->read(vcpu, region->device, ipa - region->base, iss.size, &vcpu->mmio_value);
		if (result == MMIO_DONE)
			frame->x[iss.reg] =
				esr & ISS_SIGN_EXTEND ? iss_extend(&iss, vcpu->mmio_value) : vcpu->mmio_value;
	}
	if (result == MMIO_DONE)
		step_over(esr);
	else if (result == MMIO_FAULT)
		inject_external_abort(esr); /* counted as the device's already */
}

void instruction_abort(struct vcpu *vcpu, const struct guest_frame *frame, uint64_t esr)
{
	uint64_t spsr = read_sysreg(spsr_el2);

	/* It would be told so at the same address, for ever and with all interrupts masked. */
	if ((spsr & SPSR_MODE) == SPSR_EL1H && read_sysreg(elr_el2) == read_sysreg(vbar_el1) + inject_vector(spsr))
		vm_fault(vcpu, frame, esr, "no exception can be taken, as its vectors cannot be fetched");
	nothing_there(vcpu, esr);
}
