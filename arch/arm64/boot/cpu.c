/* SPDX-License-Identifier: Apache-2.0 */
/* A pCPU in its VM's view, until its vCPU starts or waits: sets up EL2's registers and the GIC. */
#include "boot/gic_check.h"
#include "cpu/vcpu.h"
#include "entry.h"
#include "gic/gic.h"
#include "gic/interrupt_mode.h"
#include "hw/sysreg.h"
#include "report/print.h"
#include "trap/idregs.h"
#include "vcpu/el1.h"
#include "vcpu/stage2.h"
#include "vm/vm.h"

/* Fields of ID registers that say which EL2 registers this CPU has. */
#define MMFR0_FGT(mmfr0)  ((mmfr0) >> 56 & 0xf)
#define MMFR1_HCX(mmfr1)  ((mmfr1) >> 40 & 0xf)
#define ISAR1_APA(isar1)  ((isar1) >> 4 & 0xf)
#define ISAR1_API(isar1)  ((isar1) >> 8 & 0xf)
#define ISAR2_APA3(isar2) ((isar2) >> 12 & 0xf)
#define PFR0_MPAM(pfr0)   ((pfr0) >> 40 & 0xf)
#define DFR0_PMUVER(dfr0) ((dfr0) >> 8 & 0xf)
#define PMUVER_V3P1       4 /* event counters can stop in EL2 */
#define PMUVER_V3P5       6 /* so can the cycle counter */

static uint64_t hcr(const struct vm_config *vm)
{
	/* TWI and TWE are 0, as WFI and WFE need no trap (but see direct_wfi()). SWIO lets set/way
	 * invalidation clean as well, so that it needs no trap. */
	uint64_t value = vm->arch.interrupts->hcr | HCR_VM | HCR_SWIO | HCR_AMO | HCR_TSC |
	                 HCR_TIDCP | HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR;
	uint64_t isar1 = read_sysreg(id_aa64isar1_el1);

	if (ISAR1_APA(isar1) || ISAR1_API(isar1) || ISAR2_APA3(read_sysreg(s3_0_c0_c6_2)))
		value |= HCR_APK | HCR_API;
	if (idregs_hide_something())
		value |= HCR_TID3;
	return value;
}

/* MDCR_EL2: the guest has all counters of the PMU. They stop in EL2 if the CPU can do that. */
static uint64_t mdcr(void)
{
	uint64_t value = MDCR_TPMS | MDCR_TTRF;
	uint64_t version = DFR0_PMUVER(read_sysreg(id_aa64dfr0_el1));

	if (!el1_has_pmu())
		return value;
	value |= read_sysreg(pmcr_el0) >> PMCR_N_SHIFT & MDCR_HPMN;
	if (version >= PMUVER_V3P1)
		value |= MDCR_HPMD;
	if (version >= PMUVER_V3P5)
		value |= MDCR_HCCD;
	return value;
}

/* Sets every register that governs EL1 and is UNKNOWN out of reset. */
static void el2_init(const struct vcpu_config *config)
{
	write_sysreg(hcr_el2, hcr(config->vm));
	write_sysreg(vttbr_el2, stage2_vttbr(config->vm));
	write_sysreg(vtcr_el2, config->vm->arch.vtcr);
	write_sysreg(vpidr_el2, read_sysreg(midr_el1));
	write_sysreg(vmpidr_el2, config->arch.vmpidr);
	write_sysreg(cntvoff_el2, 0);
	write_sysreg(cnthctl_el2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);
	write_sysreg(cnthp_ctl_el2, 0);
	write_sysreg(cptr_el2, CPTR_RES1 | CPTR_TTA | CPTR_TAM);
	write_sysreg(hstr_el2, 0);
	write_sysreg(mdcr_el2, mdcr());
	/* By encoding: assemblers of today's distributions do not know all of these names. */
	if (system_config.arch.hcrx && MMFR1_HCX(read_sysreg(id_aa64mmfr1_el1)))
		write_sysreg(s3_4_c1_c2_2, 0); /* HCRX_EL2 */
	if (MMFR0_FGT(read_sysreg(id_aa64mmfr0_el1))) {
		write_sysreg(s3_4_c1_c1_4, 0); /* HFGRTR_EL2 */
		write_sysreg(s3_4_c1_c1_5, 0); /* HFGWTR_EL2 */
		write_sysreg(s3_4_c1_c1_6, 0); /* HFGITR_EL2 */
		write_sysreg(s3_4_c3_c1_4, 0); /* HDFGRTR_EL2 */
		write_sysreg(s3_4_c3_c1_5, 0); /* HDFGWTR_EL2 */
	}
	if (PFR0_MPAM(read_sysreg(id_aa64pfr0_el1)))
		/* MPAM2_EL2: accesses from EL0 and EL1 trap */
		write_sysreg(s3_4_c10_c5_0, BIT(48) | BIT(49));
	/* VTTBR_EL2 and HCR_EL2 are set before, so that no TLB entry of an earlier VMID stays (DDI
	 * 0487 D8.13). */
	__asm__ volatile("isb\n\ttlbi alle1\n\tdsb nsh\n\tisb" : : : "memory");
}

void cpu_main(const struct vcpu_config *config)
{
	struct vcpu *vcpu = config->state;

	vcpu->config = config;
	vcpu->vm = config->vm;
	vcpu->shared = config->shared;
	write_sysreg(tpidr_el2, (uint64_t)vcpu);
	isb();
	el2_init(config);
	gic_check_ready(gic_cpu_init(config));
	print("%s: vCPU %u runs on pCPU %u\n", vcpu->vm->name, config->index, config->pcpu);
	arch_vcpu_park(vcpu);
	if (config->index == 0)
		vm_start(vcpu);
	arch_vcpu_idle(vcpu);
}
