/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 aborts: makes the guest's accesses to emulated devices, and raises an external abort in
 * the guest for accesses that no device answers. */
#include "trap/abort.h"

#include "cpu/vcpu.h"
#include "device/mmio.h"
#include "entry.h"
#include "hw/esr.h"
#include "speed.h"
#include "trap/fault.h"
#include "trap/frame.h"
#include "trap/inject.h"
#include "trap/revoked.h"
#include "trap/step.h"

/* FSC_TRANSLATION under this mask: stage 2 does not map the address that the guest itself accessed,
 * as opposed to one that a walk of its tables read. Emulated devices are not mapped. */
#define ACCESS (ISS_S1PTW | ISS_FSC_TYPE)

/* Answers an access that no device takes: by an external abort in the guest. */
static void nothing_there(struct vcpu *vcpu, uint64_t esr)
{
	if (stage2_was_revoked(vcpu, esr))
		return;
	vcpu_count_exit(vcpu, EXIT_ABORT);
	vcpu->arch.refused = (struct refused_access){esr, abort_ipa(), read_sysreg(elr_el2)};
	inject_external_abort(esr);
}

void data_abort_without_syndrome(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame)
{
	if ((esr & ACCESS) == FSC_TRANSLATION && mmio_find(vcpu->vm, abort_ipa()))
		vm_fault(vcpu, frame, esr,
			"device access by an instruction that gives no syndrome (a pair, write-back, exclusive, "
			"atomic, SIMD or cache instruction)");
	nothing_there(vcpu, esr);
}

/* Counts the access to `region` and makes it. A load stores its value to `*loaded`. */
HOT("GICD_CTLR read")
static inline enum mmio_result emulate(struct vcpu *vcpu, uint64_t esr,
	const struct guest_frame *frame, const struct mmio_region *region, uint64_t ipa,
	uint64_t *loaded)
{
	unsigned size = iss_size(esr);

	vcpu_count_exit(vcpu, region->exit);
	if (esr & ISS_WNR)
		return region->write(vcpu, region->device, ipa - region->base, size,
			iss_truncate(esr, frame->x[iss_register(esr)]));
	return region->read(vcpu, region->device, ipa - region->base, size, loaded);
}

/* data_abort() in all but the plain case, which stays short without it. Steps over the instruction
 * itself and returns MMIO_DONE, so that nothing is to be undone. */
HOT("abort of stage 2")
NOINLINE("GICD_CTLR read")
static enum mmio_result unusual(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame)
{
	uint64_t ipa = abort_ipa();
	const struct mmio_region *region = mmio_find(vcpu->vm, ipa);

	if ((esr & ACCESS) != FSC_TRANSLATION || !region || (ipa & (iss_size(esr) - 1u))) {
		nothing_there(vcpu, esr);
		return MMIO_DONE;
	}
	switch (emulate(vcpu, esr, frame, region, ipa, &vcpu->mmio_value)) {
	case MMIO_DONE:
		if (!(esr & ISS_WNR))
			frame->x[iss_register(esr)] = iss_extend(esr, vcpu->mmio_value);
		step_over(esr);
		break;
	case MMIO_FAULT:
		inject_external_abort(esr); /* the access is counted already */
		break;
	case MMIO_RETRY:
		break;
	}
	return MMIO_DONE;
}

HOT("GICD_CTLR read")
enum mmio_result data_abort(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame)
{
	uint64_t ipa = abort_ipa();
	const struct mmio_region *region = mmio_find(vcpu->vm, ipa);

	if ((esr & (ACCESS | ISS_SSE)) != FSC_TRANSLATION || !region ||
		(ipa & (iss_size(esr) - 1u)) || !step_is_plain())
		return unusual(vcpu, esr, frame);
	/* Step before the access, so that vectors.S can return to the guest right after it. */
	step_plain(STEP_A64);
	return emulate(vcpu, esr, frame, region, ipa, &frame->x[iss_register(esr)]);
}

void data_abort_undo(enum mmio_result result)
{
	step_plain(-STEP_A64);
	if (result == MMIO_FAULT)
		inject_external_abort(read_sysreg(esr_el2)); /* the access is counted already */
}

void instruction_abort(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame)
{
	uint64_t spsr = read_sysreg(spsr_el2);

	if (stage2_was_revoked(vcpu, esr))
		return;
	/* The guest would take the injected abort to a vector that it cannot fetch, abort there
	 * again, and so on for ever with all its interrupts masked. */
	if ((spsr & SPSR_MODE) == SPSR_EL1H &&
		read_sysreg(elr_el2) == read_sysreg(vbar_el1) + inject_vector(spsr))
		vm_fault(vcpu, frame, esr,
			"no exception can be taken, as its vectors cannot be fetched");
	nothing_there(vcpu, esr);
}
