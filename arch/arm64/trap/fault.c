/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a guest that made a mistake which it cannot survive, and the end of its VM. */
#include "trap/fault.h"

#include "cpu/vcpu.h"
#include "device/mmio.h"
#include "entry.h"
#include "hw/cpu_insn.h"
#include "hw/esr.h"
#include "report/print.h"
#include "report/reports.h"
#include "trap/frame.h"
#include "trap/syndrome.h"
#include "vm/guest_ram.h"
#include "vm/vm.h"

static const char *access_kind(uint64_t esr)
{
	if (esr & ISS_S1PTW)
		return "walk of its translation tables";
	if (syndrome_is_fetch(esr))
		return "instruction fetch";
	if (esr & ISS_CM)
		return "cache maintenance";
	return esr & ISS_WNR ? "write" : "read";
}

static const char *access_size(uint64_t esr)
{
	static const char *const sizes[4] = {
		" of 1 byte", " of 2 bytes", " of 4 bytes", " of 8 bytes"};

	return !syndrome_is_fetch(esr) && esr >> ISS_ISV_BIT & 1 ? sizes[esr >> ISS_SAS_SHIFT & 3]
	                                                         : "";
}

static const char *what_is_at(const struct vm_config *vm, uint64_t ipa)
{
	const struct mmio_region *region = mmio_find(vm, ipa);

	if (guest_ram_region(vm, ipa))
		return "RAM";
	if (!region)
		return "nothing is there";
	return region->exit == EXIT_GICD   ? "the interrupt distributor"
	       : region->exit == EXIT_GICR ? "the redistributors"
	                                   : "a device";
}

/* Prints what was accessed, after `when`. HPFAR_EL2, and so `ipa`, is valid only after a
 * translation fault or a fault on a walk of the guest's tables (DDI 0487, HPFAR_EL2). */
static void print_access(const struct vm_config *vm, const char *when, uint64_t esr, uint64_t ipa)
{
	if ((esr & ISS_FSC_TYPE) == FSC_TRANSLATION || esr & ISS_S1PTW)
		print("  %s%s%s at IPA 0x%lx: %s\n", when, access_kind(esr), access_size(esr), ipa,
			what_is_at(vm, ipa));
	else
		print("  %s%s%s: %s\n", when, access_kind(esr), access_size(esr),
			syndrome_status(esr));
}

void vm_fault(struct vcpu *vcpu, const struct guest_frame *frame, uint64_t esr, const char *reason)
{
	const struct refused_access *refused = &vcpu->arch.refused;
	uint64_t elr_el1 = read_sysreg(elr_el1);

	report_begin();
	print("%s: vCPU %u on pCPU %u: %s\n", vcpu->vm->name, vcpu->config->index,
		vcpu->config->pcpu, reason);
	if (syndrome_is_abort(esr))
		print_access(vcpu->vm, "", esr, abort_ipa());
	/* The abort that EL2 raised last, if it is the last exception that the guest took
	 * to EL1. */
	if (refused->esr && refused->pc == elr_el1)
		print_access(vcpu->vm, "before, from ELR_EL1: ", refused->esr, refused->ipa);
	syndrome_print(print, "ESR_EL2", esr);
	print("  PC %016lx  PSTATE %08lx  FAR %016lx  IPA %010lx\n", read_sysreg(elr_el2),
		read_sysreg(spsr_el2), read_sysreg(far_el2), abort_ipa());
	syndrome_print(print, "ESR_EL1", read_sysreg(esr_el1));
	print("  ELR_EL1 %016lx  SPSR_EL1 %08lx  FAR_EL1 %016lx\n", elr_el1, read_sysreg(spsr_el1),
		read_sysreg(far_el1));
	print("  SP_EL1 %016lx  VBAR_EL1 %016lx  SCTLR_EL1 %08lx\n", read_sysreg(sp_el1),
		read_sysreg(vbar_el1), read_sysreg(sctlr_el1));
	registers_print(print, frame->x);
	report_end();
	vm_stop(vcpu, VM_STOP_CRASH);
}

void serror_handle(struct guest_frame *frame)
{
	struct vcpu *vcpu = this_vcpu();

	vcpu_count_exit(vcpu, EXIT_OTHER);
	vm_fault(vcpu, frame, read_sysreg(esr_el2), "SError while it was running");
}
