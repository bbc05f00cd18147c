/* SPDX-License-Identifier: Apache-2.0 */
#include "trap/fault.h"

#include "console/owner.h"
#include "cpu/vcpu.h"
#include "device/mmio.h"
#include "entry.h"
#include "hw/cpu_insn.h"
#include "hw/esr.h"
#include "report/print.h"
#include "report/reports.h"
#include "stack.h"
#include "trap/frame.h"
#include "vm/vm.h"

#define BACKTRACE_DEPTH 16

static const char *exception_class(uint64_t esr)
{
	switch (ESR_EC(esr)) {
	case EC_UNKNOWN:
		return "undefined instruction";
	case EC_SYSREG:
		return "system register access";
	case EC_IABT_LOWER:
	case EC_IABT_SAME:
		return "instruction abort";
	case EC_DABT_LOWER:
	case EC_DABT_SAME:
		return "data abort";
	case EC_SERROR:
		return "SError";
	default:
		return "exception";
	}
}

static bool is_fetch(uint64_t esr)
{
	return ESR_EC(esr) == EC_IABT_LOWER || ESR_EC(esr) == EC_IABT_SAME;
}

static bool is_abort(uint64_t esr)
{
	return is_fetch(esr) || ESR_EC(esr) == EC_DABT_LOWER || ESR_EC(esr) == EC_DABT_SAME;
}

/* ESR_ELx.{I,D}FSC, but for the level. */
static const char *fault_status(uint64_t esr)
{
	static const char *const names[16] = {
		[0] = "address size fault",
		[1] = "translation fault",
		[2] = "access flag fault",
		[3] = "permission fault",
		[4] = "external abort",
		[5] = "external abort on a table walk",
		[8] = "alignment fault",
		[12] = "TLB conflict",
	};
	const char *name = names[(esr & ISS_FSC_TYPE) >> 2];

	return name ? name : "other fault";
}

static const char *access_kind(uint64_t esr)
{
	if (esr & ISS_S1PTW)
		return "walk of its translation tables";
	if (is_fetch(esr))
		return "instruction fetch";
	if (esr & ISS_CM)
		return "cache maintenance";
	return esr & ISS_WNR ? "write" : "read";
}

static const char *access_size(uint64_t esr)
{
	static const char *const sizes[4] = {" of 1 byte", " of 2 bytes", " of 4 bytes", " of 8 bytes"};

	return !is_fetch(esr) && esr >> ISS_ISV_BIT & 1 ? sizes[esr >> ISS_SAS_SHIFT & 3] : "";
}

static const char *what_is_at(const struct vm_config *vm, uint64_t ipa)
{
	const struct mmio_region *region = mmio_find(vm, ipa);

	if (vm_is_ram(vm, ipa))
		return "RAM";
	if (!region)
		return "nothing is there";
	return region->exit == EXIT_GICD   ? "the interrupt distributor"
	       : region->exit == EXIT_GICR ? "the redistributors"
	                                   : "a device";
}

/* What was accessed; HPFAR_EL2 says where only if the translation ended (DDI 0487, HPFAR_EL2). */
static void print_access(const struct vm_config *vm, const char *when, uint64_t esr, uint64_t ipa)
{
	if ((esr & ISS_FSC_TYPE) == FSC_TRANSLATION || esr & ISS_S1PTW)
		print("  %s%s%s at IPA 0x%lx: %s\n", when, access_kind(esr), access_size(esr), ipa,
			what_is_at(vm, ipa));
	else
		print("  %s%s%s: %s\n", when, access_kind(esr), access_size(esr), fault_status(esr));
}

/* print() for what a guest did, print_raw() for a panic: whoever holds the console's lock may be the one that is
 * broken. */
typedef void print_fn(const char *format, ...);

static const char *pad(unsigned n)
{
	return n < 10 ? " " : "";
}

static void print_registers(print_fn *out, const uint64_t *x)
{
	/* a line at a time: others may print in between */
	for (unsigned i = 0; i < 28; i += 4)
		out("  x%u%s %016lx  x%u%s %016lx  x%u%s %016lx  x%u%s %016lx\n", i, pad(i), x[i], i + 1, pad(i + 1),
			x[i + 1], i + 2, pad(i + 2), x[i + 2], i + 3, pad(i + 3), x[i + 3]);
	out("  x28 %016lx  x29 %016lx  x30 %016lx\n", x[28], x[29], x[30]);
}

static void print_esr(print_fn *out, const char *name, uint64_t esr)
{
	if (is_abort(esr))
		out("  %s %08lx: %s%s, %s\n", name, esr, exception_class(esr),
			is_fetch(esr)   ? ""
			: esr & ISS_WNR ? ", write"
					: ", read",
			fault_status(esr));
	else
		out("  %s %08lx: %s\n", name, esr, exception_class(esr));
}

void vm_fault(struct vcpu *vcpu, const struct guest_frame *frame, uint64_t esr, const char *reason)
{
	const struct refused_access *refused = &vcpu->arch.refused;
	uint64_t elr_el1 = read_sysreg(elr_el1);

	report_begin();
	print("%s: vCPU %u on pCPU %u: %s\n", vcpu->vm->name, vcpu->config->index, vcpu->config->pcpu, reason);
	if (is_abort(esr))
		print_access(vcpu->vm, "", esr, abort_ipa());
	/* What its exception level 1 has been told last, if that was Pinion's doing. */
	if (refused->esr && refused->pc == elr_el1)
		print_access(vcpu->vm, "before, from ELR_EL1: ", refused->esr, refused->ipa);
	print_esr(print, "ESR_EL2", esr);
	print("  PC %016lx  PSTATE %08lx  FAR %016lx  IPA %010lx\n", read_sysreg(elr_el2), read_sysreg(spsr_el2),
		read_sysreg(far_el2), abort_ipa());
	print_esr(print, "ESR_EL1", read_sysreg(esr_el1));
	print("  ELR_EL1 %016lx  SPSR_EL1 %08lx  FAR_EL1 %016lx\n", elr_el1, read_sysreg(spsr_el1),
		read_sysreg(far_el1));
	print("  SP_EL1 %016lx  VBAR_EL1 %016lx  SCTLR_EL1 %08lx\n", read_sysreg(sp_el1), read_sysreg(vbar_el1),
		read_sysreg(sctlr_el1));
	print_registers(print, frame->x);
	report_end();
	vm_stop(vcpu, VM_STOP_CRASH);
}

void serror_handle(struct guest_frame *frame)
{
	struct vcpu *vcpu = this_vcpu();

	vcpu_count_exit(vcpu, EXIT_OTHER);
	vm_fault(vcpu, frame, read_sysreg(esr_el2), "SError while it was running");
}

/* Follows the frame records (AAPCS64, section 6.4.6) of the stack that `fp` points into, and no other. */
static void backtrace(uint64_t fp, uint64_t stack)
{
	print_raw("  backtrace:");
	for (unsigned i = 0; i < BACKTRACE_DEPTH; i++) {
		if (fp % 8 || fp + 16 > stack || fp < stack - STACK_SIZE)
			break;
		print_raw(" %lx", ((const uint64_t *)fp)[1]);
		fp = *(const uint64_t *)fp;
	}
	print_raw("\n");
}

static uint64_t stack_top(void)
{
	struct vcpu *vcpu = this_vcpu();

	return vcpu ? vcpu->config->stack : system_config.arch.boot_stack;
}

/* Begins a report. True: the UART is this pCPU's meanwhile. */
static bool panic_begin(const char *reason)
{
	struct vcpu *vcpu = this_vcpu();
	/* No lock before the MMU is on, and until there is a vCPU nobody else writes. */
	bool seized = vcpu && console_seize();

	print_raw("\nPANIC: %s\n", reason);
	if (vcpu)
		print_raw("  on pCPU %u, which runs vCPU %u of %s\n", vcpu->config->pcpu, vcpu->config->index,
			vcpu->vm->name);
	return seized;
}

/* Ends the report and this pCPU; other VMs go on, and so does their output. */
static _Noreturn void panic_end(uint64_t fp, uint64_t stack, bool seized)
{
	backtrace(fp, stack);
	if (seized)
		console_let_go();
	cpu_stop();
}

void arch_panic(const char *reason)
{
	bool seized = panic_begin(reason);

	panic_end((uint64_t)__builtin_frame_address(0), stack_top(), seized);
}

/* True if a passed-through device has answered with an error, of which its VM is to hear. */
static bool device_failed(uint32_t kind)
{
	uint64_t esr = read_sysreg(esr_el2), pc = read_sysreg(elr_el2);

	return kind == 0 && ESR_EC(esr) == EC_DABT_SAME && (esr & ISS_FSC) == FSC_EXTERNAL &&
	       pc - (uint64_t)device_access < (uint64_t)device_access_end - (uint64_t)device_access;
}

void panic_exception(const struct panic_frame *frame, uint32_t kind)
{
	static const char *const kinds[] = {"exception in EL2", "IRQ in EL2", "FIQ in EL2", "SError in EL2"};
	uint64_t top = stack_top();
	bool seized;

	if (device_failed(kind)) {
		write_sysreg(elr_el2, (uint64_t)device_access_failed);
		return;
	}
	seized = panic_begin(kinds[kind & 3]);
	print_esr(print_raw, "ESR_EL2", read_sysreg(esr_el2));
	print_raw("  PC %016lx  FAR %016lx  SP %016lx\n", read_sysreg(elr_el2), read_sysreg(far_el2), frame->sp);
	if (frame->sp < top - STACK_SIZE + sizeof(*frame) && frame->sp > top - STACK_SIZE - STACK_GUARD)
		print_raw("  the stack has run into its guard page\n");
	print_registers(print_raw, frame->x);
	panic_end(frame->x[29], top, seized);
}
