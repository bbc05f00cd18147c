/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a pCPU on which EL2 itself went wrong. */
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

/*
 * Follows the frame records (AAPCS64, section 6.4.6) of the stack that `fp` points into, and no
 * other.
 */
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
	bool seized = vcpu && console_claim_for_panic();

	print_raw("\nPANIC: %s\n", reason);
	if (vcpu)
		print_raw("  on pCPU %u, which runs vCPU %u of %s\n", vcpu->config->pcpu,
			vcpu->config->index, vcpu->vm->name);
	return seized;
}

/* Ends the report and this pCPU; other VMs go on, and so does their output. */
static _Noreturn void panic_end(uint64_t fp, uint64_t stack, bool seized)
{
	backtrace(fp, stack);
	if (seized)
		console_release();
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
	static const char *const kinds[] = {
		"exception in EL2", "IRQ in EL2", "FIQ in EL2", "SError in EL2"};
	uint64_t top = stack_top();
	bool seized;

	if (device_failed(kind)) {
		write_sysreg(elr_el2, (uint64_t)device_access_failed);
		return;
	}
	seized = panic_begin(kinds[kind & 3]);
	syndrome_print(print_raw, "ESR_EL2", read_sysreg(esr_el2));
	print_raw("  PC %016lx  FAR %016lx  SP %016lx\n", read_sysreg(elr_el2),
		read_sysreg(far_el2), frame->sp);
	if (frame->sp < top - STACK_SIZE + sizeof(*frame) &&
		frame->sp > top - STACK_SIZE - STACK_GUARD)
		print_raw("  the stack has run into its guard page\n");
	registers_print(print_raw, frame->x);
	panic_end(frame->x[29], top, seized);
}
