/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a pCPU on which EL2 itself went wrong: arch_panic(), and exceptions in EL2. */
#include "arch.h"
#include "console/owner.h"
#include "cpu/vcpu.h"
#include "entry.h"
#include "hw/cpu_insn.h"
#include "hw/esr.h"
#include "report/print.h"
#include "stack.h"
#include "trap/frame.h"
#include "trap/syndrome.h"

#define BACKTRACE_DEPTH 16

/* Prints the return addresses in the frame records (AAPCS64, section 6.4.6) from `fp` on. Follows
 * them only within the stack whose top is `stack`. */
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

/* Begins the report. True: this pCPU has claimed the UART, and has to release it. */
static bool panic_begin(const char *reason)
{
	struct vcpu *vcpu = this_vcpu();
	/* Before there is a vCPU the MMU may be off, and exclusives, and so locks, do not work
	 * then. */
	bool claimed = vcpu && console_claim_for_panic();

	print_raw("\nPANIC: %s\n", reason);
	if (vcpu)
		print_raw("  on pCPU %u, which runs vCPU %u of %s\n", vcpu->config->pcpu,
			vcpu->config->index, vcpu->vm->name);
	return claimed;
}

/* Ends the report and stops this pCPU for good. Other VMs go on, and so does their output. */
static _Noreturn void panic_end(uint64_t fp, uint64_t stack, bool claimed)
{
	backtrace(fp, stack);
	if (claimed)
		console_release();
	cpu_stop();
}

void arch_panic(const char *reason)
{
	bool claimed = panic_begin(reason);

	panic_end((uint64_t)__builtin_frame_address(0), stack_top(), claimed);
}

/* True if this is the error by which a passed-through device answered EL2's access. That is no
 * panic: the VM gets an external abort. */
static bool device_failed(uint32_t kind)
{
	uint64_t esr = read_sysreg(esr_el2), pc = read_sysreg(elr_el2);

	return kind == 0 && ESR_EC(esr) == EC_DABT_SAME && (esr & ISS_FSC) == FSC_EXTERNAL &&
	       pc - (uint64_t)device_access < (uint64_t)device_access_end - (uint64_t)device_access;
}

void panic_exception(const struct panic_frame *frame, uint32_t kind)
{
	static const char *const kinds[] = {
		"exception in EL2", "IRQ in EL2", "FIQ in EL2", "SError in EL2"};
	uint64_t top = stack_top();
	bool claimed;

	if (device_failed(kind)) {
		write_sysreg(elr_el2, (uint64_t)device_access_failed);
		return;
	}
	claimed = panic_begin(kinds[kind & 3]);
	syndrome_print(print_raw, "ESR_EL2", read_sysreg(esr_el2));
	print_raw("  PC %016lx  FAR %016lx  SP %016lx\n", read_sysreg(elr_el2),
		read_sysreg(far_el2), frame->sp);
	if (frame->sp < top - STACK_SIZE + sizeof(*frame) &&
		frame->sp > top - STACK_SIZE - STACK_GUARD)
		print_raw("  the stack has run into its guard page\n");
	registers_print(print_raw, frame->x);
	panic_end(frame->x[29], top, claimed);
}
