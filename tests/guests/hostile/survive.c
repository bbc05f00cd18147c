// SPDX-License-Identifier: Apache-2.0
/* How a CPU goes on after what it did to itself. */
#include "gic.h"
#include "hostile.h"
#include "mmu.h"

enum { EC_BRK = 0x3c, EC_SVC32 = 0x11 };

/* What run_code() needs to come back. */
struct jump {
	uint64_t x[12]; /* x19 to x30 */
	uint64_t sp;
};

uint8_t *scratch;
_Atomic uint32_t exceptions[MAX_CPUS];
static struct jump jumps[MAX_CPUS];
static uint64_t left[MAX_CPUS];    /* x2 at the end of run() */
static uint32_t in_code[MAX_CPUS]; /* run() is under way; counts the ticks that it had */

uint32_t *code_of(uint32_t n)
{
	return (uint32_t *)(scratch + n * SCRATCH);
}

void synchronize(const void *start, size_t size)
{
	mmu_clean(start, size);
	__asm__ volatile("ic ialluis; dsb ish; isb" ::: "memory");
}

void leave_code(void);

/*
 * Runs code with all registers from `x` (x[31] is SP_EL0) by ERET to `pc` with `spsr`; survive()
 * comes back.
 */
void run_code(struct jump *jump, const uint64_t *x, uint64_t pc, uint64_t spsr);

__asm__(".text\n"
	".globl run_code, leave_code, guarded\n"
	".hidden run_code, leave_code, guarded\n"
	"run_code:\n"
	"	stp	x19, x20, [x0]\n"
	"	stp	x21, x22, [x0, #16]\n"
	"	stp	x23, x24, [x0, #32]\n"
	"	stp	x25, x26, [x0, #48]\n"
	"	stp	x27, x28, [x0, #64]\n"
	"	stp	x29, x30, [x0, #80]\n"
	"	mov	x9, sp\n"
	"	str	x9, [x0, #96]\n"
	"	ldr	x9, [x1, #248]\n"
	"	msr	sp_el0, x9\n"
	"	msr	elr_el1, x2\n"
	"	msr	spsr_el1, x3\n"
	"	mov	x0, x1\n"
	"	ldp	x2, x3, [x0, #16]\n"
	"	ldp	x4, x5, [x0, #32]\n"
	"	ldp	x6, x7, [x0, #48]\n"
	"	ldp	x8, x9, [x0, #64]\n"
	"	ldp	x10, x11, [x0, #80]\n"
	"	ldp	x12, x13, [x0, #96]\n"
	"	ldp	x14, x15, [x0, #112]\n"
	"	ldp	x16, x17, [x0, #128]\n"
	"	ldp	x18, x19, [x0, #144]\n"
	"	ldp	x20, x21, [x0, #160]\n"
	"	ldp	x22, x23, [x0, #176]\n"
	"	ldp	x24, x25, [x0, #192]\n"
	"	ldp	x26, x27, [x0, #208]\n"
	"	ldp	x28, x29, [x0, #224]\n"
	"	ldr	x30, [x0, #240]\n"
	"	ldp	x0, x1, [x0]\n"
	"	eret\n"
	/* x0: the jump buffer */
	"leave_code:\n"
	"	ldp	x19, x20, [x0]\n"
	"	ldp	x21, x22, [x0, #16]\n"
	"	ldp	x23, x24, [x0, #32]\n"
	"	ldp	x25, x26, [x0, #48]\n"
	"	ldp	x27, x28, [x0, #64]\n"
	"	ldp	x29, x30, [x0, #80]\n"
	"	ldr	x9, [x0, #96]\n"
	"	mov	sp, x9\n"
	"	ret\n");

__asm__(".text\n"
	"guarded:\n"
	"	stp	x29, x30, [sp, #-96]!\n"
	"	stp	x19, x20, [sp, #16]\n"
	"	stp	x21, x22, [sp, #32]\n"
	"	stp	x23, x24, [sp, #48]\n"
	"	stp	x25, x26, [sp, #64]\n"
	"	stp	x27, x28, [sp, #80]\n"
	"	mov	x9, x0\n"
	"	mov	x0, x1\n"
	"	mov	x10, x2\n"
	"	mrs	x19, sctlr_el1\n"
	"	mrs	x20, ttbr0_el1\n"
	"	mrs	x21, ttbr1_el1\n"
	"	mrs	x22, tcr_el1\n"
	"	mrs	x23, mair_el1\n"
	"	mrs	x24, vbar_el1\n"
	"	mrs	x25, tpidr_el1\n"
	"	mrs	x26, cpacr_el1\n"
	"	mrs	x27, daif\n"
	"	cbz	x10, 1f\n"
	"	mov	x11, #0x1005\n"
	"	bic	x11, x19, x11\n"
	"	msr	sctlr_el1, x11\n"
	"	isb\n"
	"1:	blr	x9\n"
	"	msr	spsel, #1\n"
	"	msr	daif, x27\n"
	"	msr	vbar_el1, x24\n"
	"	msr	tpidr_el1, x25\n"
	"	msr	cpacr_el1, x26\n"
	"	msr	mdscr_el1, xzr\n"
	"	cbz	x10, 2f\n"
	"	msr	ttbr0_el1, x20\n"
	"	msr	ttbr1_el1, x21\n"
	"	msr	tcr_el1, x22\n"
	"	msr	mair_el1, x23\n"
	"	isb\n"
	"	tlbi	vmalle1\n"
	"	dsb	nsh\n"
	"2:	msr	sctlr_el1, x19\n"
	"	isb\n"
	"	ldp	x19, x20, [sp, #16]\n"
	"	ldp	x21, x22, [sp, #32]\n"
	"	ldp	x23, x24, [sp, #48]\n"
	"	ldp	x25, x26, [sp, #64]\n"
	"	ldp	x27, x28, [sp, #80]\n"
	"	ldp	x29, x30, [sp], #96\n"
	"	ret\n");

static void end_interrupts(void)
{
	for (uint32_t i = 0; i < 8; i++) {
		uint64_t one = read_sysreg(ICC_IAR1_EL1), zero = read_sysreg(ICC_IAR0_EL1);

		if (one < 1020)
			write_sysreg(ICC_EOIR1_EL1, one);
		if (zero < 1020)
			write_sysreg(ICC_EOIR0_EL1, zero);
		if (one >= 1020 && zero >= 1020)
			break;
	}
	write_sysreg(cntv_ctl_el0, 3);
	write_sysreg(cntp_ctl_el0, 3);
	write_sysreg(pmintenclr_el1, ~0u);
	isb();
}

bool survive(struct cpu *cpu, uint64_t kind, struct frame *frame)
{
	uint32_t n = cpu->index;
	uint64_t offset = (frame->elr - (uint64_t)code_of(n)) &
	                  ((1ull << GIB_SHIFT) - 1); /* at EL0 it is elsewhere */
	bool interrupt = kind % 4 == 1 || kind % 4 == 2;
	uint32_t ec = ESR_EC(frame->esr);
	bool leave = in_code[n] && offset >= CODE;

	exceptions[n]++;
	write_sysreg(mdscr_el1, 0);
	if (!interrupt && cpu->expecting) {
		cpu->fault.taken = true;
		cpu->fault.esr = frame->esr;
		cpu->fault.far = frame->far;
	}
	if (interrupt) {
		end_interrupts();
		write_sysreg(cntv_tval_el0, read_sysreg(cntfrq_el0) / 2000);
		write_sysreg(cntv_ctl_el0, 1);
		leave = in_code[n] && ++in_code[n] > 3;
	} else if (ec == EC_INSTRUCTION_ABORT && !in_code[n]) {
		frame->elr = frame->x[30];
	} else {
		leave = leave || (in_code[n] && ((ec == EC_BRK && (frame->esr & 0xffff) == 0x77) ||
							ec == EC_SVC32));
		frame->elr += kind < 12 || frame->esr & 1u << 25 ? 4 : 2;
	}
	if (leave) {
		in_code[n] = 0;
		left[n] = frame->x[2];
		frame->elr = (uint64_t)leave_code;
		frame->spsr = 0x3c5;
		frame->x[0] = (uint64_t)&jumps[n];
	}
	return true;
}

uint64_t run(const uint64_t *x, uint64_t pc, uint64_t spsr)
{
	uint32_t n = this_cpu()->index;

	in_code[n] = 1;
	run_code(&jumps[n], x, pc, spsr);
	return left[n];
}
