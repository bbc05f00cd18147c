/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's EL1 and EL0 registers at a reset. */
#include "vcpu/el1.h"

#include "entry.h"
#include "hw/cpu_insn.h"
#include "hw/sysreg.h"

#define DFR0_PMUVER_SHIFT 8
#define DFR0_BRPS_SHIFT   12
#define DFR0_WRPS_SHIFT   20
#define DFR0_FIELD        0xf
#define PMUVER_IMPDEF     0xf
#define PMCR_RESET        0x6 /* C and P: zeroes all counters; E = 0: counting is off */

/* clang-format off */
/* Switches off breakpoint or watchpoint `n` and all below it. */
#define CLEAR(n, kind)                                                                                                 \
	case n:                                                                                                        \
		write_sysreg(kind##cr##n##_el1, 0);                                                                    \
		write_sysreg(kind##vr##n##_el1, 0);                                                                    \
		__attribute__((fallthrough));

#define CLEAR_ALL(kind)                                                                                                \
	CLEAR(15, kind) CLEAR(14, kind) CLEAR(13, kind) CLEAR(12, kind) CLEAR(11, kind) CLEAR(10, kind)                \
	CLEAR(9, kind) CLEAR(8, kind) CLEAR(7, kind) CLEAR(6, kind) CLEAR(5, kind) CLEAR(4, kind)                      \
	CLEAR(3, kind) CLEAR(2, kind) CLEAR(1, kind) CLEAR(0, kind)
/* clang-format on */

bool el1_has_pmu(void)
{
	uint64_t version = read_sysreg(id_aa64dfr0_el1) >> DFR0_PMUVER_SHIFT & DFR0_FIELD;

	return version != 0 && version != PMUVER_IMPDEF;
}

void el1_quiet(void)
{
	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(cntp_ctl_el0, 0);
	write_sysreg(sctlr_el1, SCTLR_EL1_RESET);
	write_sysreg(cpacr_el1, 0);
	write_sysreg(cntkctl_el1, 0);
	write_sysreg(mdscr_el1, 0); /* no breakpoint or watchpoint has an effect */
	write_sysreg(osdlr_el1, 0);
	write_sysreg(oslar_el1, 1);
	if (el1_has_pmu()) {
		write_sysreg(pmcr_el0, PMCR_RESET);
		write_sysreg(pmcntenclr_el0, UINT32_MAX);
		write_sysreg(pmintenclr_el1, UINT32_MAX);
		write_sysreg(pmovsclr_el0, UINT32_MAX);
		write_sysreg(pmuserenr_el0, 0);
	}
	isb();
}

void el1_forget(void)
{
	__asm__ volatile("tlbi vmalls12e1\n\tic iallu\n\tdsb nsh\n\tisb" : : : "memory");
}

static void debug_scrub(void)
{
	uint64_t dfr0 = read_sysreg(id_aa64dfr0_el1);

	write_sysreg(mdccint_el1, 0);
	switch (dfr0 >> DFR0_BRPS_SHIFT & DFR0_FIELD) {
		CLEAR_ALL(dbgb)
	default:
		break;
	}
	switch (dfr0 >> DFR0_WRPS_SHIFT & DFR0_FIELD) {
		CLEAR_ALL(dbgw)
	default:
		break;
	}
}

void el1_scrub(void)
{
	write_sysreg(tcr_el1, 0);
	write_sysreg(ttbr0_el1, 0);
	write_sysreg(ttbr1_el1, 0);
	write_sysreg(mair_el1, 0);
	write_sysreg(amair_el1, 0);
	write_sysreg(vbar_el1, 0);
	write_sysreg(contextidr_el1, 0);
	write_sysreg(esr_el1, 0);
	write_sysreg(far_el1, 0);
	write_sysreg(afsr0_el1, 0);
	write_sysreg(afsr1_el1, 0);
	write_sysreg(par_el1, 0);
	write_sysreg(elr_el1, 0);
	write_sysreg(spsr_el1, 0);
	write_sysreg(sp_el1, 0);
	write_sysreg(sp_el0, 0);
	write_sysreg(tpidr_el0, 0);
	write_sysreg(tpidr_el1, 0);
	write_sysreg(tpidrro_el0, 0);
	write_sysreg(csselr_el1, 0);
	write_sysreg(cntv_cval_el0, 0);
	write_sysreg(cntp_cval_el0, 0);
	if (el1_has_pmu()) {
		write_sysreg(pmselr_el0, 0);
		write_sysreg(pmccfiltr_el0, 0);
	}
	debug_scrub();
	fp_scrub();
}
