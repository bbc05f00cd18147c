/* SPDX-License-Identifier: Apache-2.0 */
/* Raises an exception in the guest's EL1, as the hardware would. */
#include "trap/inject.h"

#include "hw/cpu_insn.h"
#include "hw/esr.h"

#define SPSR_NZCV   (0xfull << 28)
#define SPSR_DIT    BIT(24)
#define SPSR_PAN    BIT(22)
#define SPSR_SSBS   BIT(12)
#define SPSR_EL1    BIT(2)
#define SPSR_SP_ELX BIT(0)
#define SCTLR_SPAN  BIT(23)
#define SCTLR_DSSBS BIT(44)

uint64_t inject_pstate(uint64_t spsr, uint64_t sctlr, bool pan, bool ssbs)
{
	uint64_t pstate = SPSR_EL1H_MASKED | (spsr & (SPSR_NZCV | SPSR_DIT | SPSR_PAN));

	if (pan && !(sctlr & SCTLR_SPAN))
		pstate |= SPSR_PAN;
	if (ssbs && (sctlr & SCTLR_DSSBS))
		pstate |= SPSR_SSBS;
	return pstate;
}

uint64_t inject_vector(uint64_t spsr)
{
	if (spsr & SPSR_A32)
		return 0x600;
	if (!(spsr & SPSR_EL1))
		return 0x400;
	return spsr & SPSR_SP_ELX ? 0x200 : 0x000;
}

static void take_exception(uint64_t esr)
{
	uint64_t spsr = read_sysreg(spsr_el2);
	bool pan = read_sysreg(id_aa64mmfr1_el1) >> 20 & 0xf;
	bool ssbs = read_sysreg(id_aa64pfr1_el1) >> 4 & 0xf;

	write_sysreg(esr_el1, esr);
	write_sysreg(elr_el1, read_sysreg(elr_el2));
	write_sysreg(spsr_el1, spsr);
	write_sysreg(elr_el2, read_sysreg(vbar_el1) + inject_vector(spsr));
	write_sysreg(spsr_el2, inject_pstate(spsr, read_sysreg(sctlr_el1), pan, ssbs));
}

void inject_undefined(void)
{
	take_exception((uint64_t)EC_UNKNOWN << ESR_EC_SHIFT | ESR_IL);
}

void inject_external_abort(uint64_t esr)
{
	bool data = ESR_EC(esr) == EC_DABT_LOWER;
	bool from_el1 = !(read_sysreg(spsr_el2) & SPSR_A32) && (read_sysreg(spsr_el2) & SPSR_EL1);
	uint64_t ec = data ? EC_DABT_LOWER : EC_IABT_LOWER;
	uint64_t iss = FSC_EXTERNAL | (data ? esr & (ISS_WNR | ISS_CM) : 0);

	write_sysreg(far_el1, read_sysreg(far_el2));
	/* from EL1: the class for the same exception level, which is the other class + 1 */
	take_exception((ec + from_el1) << ESR_EC_SHIFT | ESR_IL | iss);
}
