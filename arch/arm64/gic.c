/* SPDX-License-Identifier: Apache-2.0 */
#include "gic.h"

#include "arch.h"
#include "console.h"
#include "gic_regs.h"
#include "ich.h"
#include "mmio_raw.h"
#include "sysreg.h"

/* The same for every interrupt: guests' priorities are virtual. */
#define PRIORITY 0xa0a0a0a0u

/* Reads of a register that the GIC takes a while over; far more than any needs. */
#define PATIENCE 1000000u

#define ICC_SRE_SRE      1u
#define ICC_SRE_DFB      2u
#define ICC_SRE_DIB      4u
#define ICC_SRE_ENABLE   8u
#define ICC_CTLR_EOIMODE 2u

static uint64_t gicd(uint32_t reg)
{
	return system_config.arch.gicd + reg;
}

static bool wait_clear(uint64_t reg, uint32_t bits)
{
	for (uint32_t i = 0; i < PATIENCE; i++) {
		if (!(raw_read32(reg) & bits))
			return true;
		cpu_relax();
	}
	return false;
}

static void wait_done(uint64_t reg, uint32_t bits)
{
	if (!wait_clear(reg, bits))
		print("gic: register 0x%lx does not become ready\n", reg);
}

static uint32_t banks(void)
{
	return GICD_TYPER_LINES(raw_read32(gicd(GICD_TYPER))) + 1;
}

static bool check_redistributor(const struct vcpu_config *vcpu)
{
	uint64_t mpidr = vcpu->arch.mpidr;
	uint64_t affinity = (mpidr & 0xffffff) | (mpidr >> 8 & 0xff000000);
	uint64_t found = GICR_TYPER_AFFINITY(raw_read64(vcpu->arch.gicr + GICR_TYPER));

	if (found == affinity)
		return true;
	print("platform: the redistributor at 0x%lx is that of affinity 0x%lx, not of pCPU %u (0x%lx)\n",
		vcpu->arch.gicr, found, vcpu->pcpu, affinity);
	return false;
}

bool gic_check(void)
{
	uint32_t revision, lrs;
	bool good = true;

	/* Without it ICH_VTR_EL2 is UNDEFINED; other registers of this CPU interface follow in gic_cpu_init(). */
	write_sysreg(icc_sre_el2, ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE);
	isb();
	revision = raw_read32(gicd(GIC_PIDR2)) & GIC_PIDR2_ARCH_REV;
	lrs = ICH_VTR_LIST_REGISTERS(ich_vtr());
	if (revision < GIC_PIDR2_GICV3) {
		print("platform: no GICv3 at 0x%lx\n", system_config.arch.gicd);
		return false;
	}
	if (32 * (banks() - 1) < system_config.arch.spi_count) {
		print("platform: the GIC has %u SPIs, not %u\n", 32 * (banks() - 1), system_config.arch.spi_count);
		good = false;
	}
	if (lrs < system_config.arch.list_registers) {
		print("platform: the CPU has %u list registers, not %u\n", lrs, system_config.arch.list_registers);
		good = false;
	}
	for (uint32_t i = 0; i < system_config.vcpu_count; i++)
		good = check_redistributor(&system_config.vcpus[i]) && good;
	return good;
}

void gic_init(void)
{
	uint32_t lines = banks();

	raw_write32(gicd(GICD_CTLR), 0);
	wait_done(gicd(GICD_CTLR), GICD_CTLR_RWP);
	/* Before anything else: it moves the SGIs and PPIs to the redistributors. */
	raw_write32(gicd(GICD_CTLR), GICD_CTLR_ARE);
	wait_done(gicd(GICD_CTLR), GICD_CTLR_RWP);
	for (uint32_t b = 1; b < lines; b++) {
		raw_write32(gicd(GIC_ICENABLER + 4 * b), UINT32_MAX);
		raw_write32(gicd(GIC_ICPENDR + 4 * b), UINT32_MAX);
		raw_write32(gicd(GIC_ICACTIVER + 4 * b), UINT32_MAX);
		/* No effect in a non-secure view: there the firmware has decided. */
		raw_write32(gicd(GIC_IGROUPR + 4 * b), UINT32_MAX);
		for (uint32_t i = 0; i < 32; i += 4)
			raw_write32(gicd(GIC_IPRIORITYR + 32 * b + i), PRIORITY);
	}
	wait_done(gicd(GICD_CTLR), GICD_CTLR_RWP);
	raw_write32(gicd(GICD_CTLR), GICD_CTLR_ARE | GICD_CTLR_GRP1);
	wait_done(gicd(GICD_CTLR), GICD_CTLR_RWP);
}

void gic_cpu_init(const struct vcpu_config *config)
{
	uint64_t rd = config->arch.gicr;
	uint64_t sgi = rd + GICR_FRAME;

	raw_write32(rd + GICR_WAKER, raw_read32(rd + GICR_WAKER) & ~GICR_WAKER_PROCESSOR_SLEEP);
	wait_done(rd + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP);
	raw_write32(sgi + GIC_ICENABLER, UINT32_MAX);
	wait_done(rd + GICR_CTLR, GICR_CTLR_RWP);
	raw_write32(sgi + GIC_ICPENDR, UINT32_MAX);
	raw_write32(sgi + GIC_ICACTIVER, UINT32_MAX);
	raw_write32(sgi + GIC_IGROUPR, UINT32_MAX);
	for (uint32_t i = 0; i < 32; i += 4)
		raw_write32(sgi + GIC_IPRIORITYR + i, PRIORITY);
	raw_write32(sgi + GIC_ISENABLER, 1u << GIC_KICK | 1u << system_config.arch.maintenance |
						 (uint32_t)config->arch.timer << system_config.arch.timer);

	write_sysreg(icc_sre_el2, ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE);
	isb();
	write_sysreg(icc_pmr_el1, 0xff);
	write_sysreg(icc_bpr1_el1, 7); /* nothing preempts */
	write_sysreg(icc_ap1r0_el1, 0);
	write_sysreg(icc_ctlr_el1, ICC_CTLR_EOIMODE);
	write_sysreg(ich_hcr_el2, 0);
	for (uint32_t n = 0; n < ICH_VTR_LIST_REGISTERS(ich_vtr()); n++)
		ich_set_lr(n, 0);
	write_sysreg(icc_igrpen1_el1, 1);
	isb();
	/* Kicks until now went nowhere, and whoever finds work pending does not kick again: look at it once. */
	arch_kick(config);
}

void gic_enable_spi(uint32_t intid, const struct vcpu_config *to)
{
	raw_write64(gicd(GICD_IROUTER + 8 * intid), to->arch.mpidr);
	raw_write32(gicd(GIC_ISENABLER + 4 * (intid >> 5)), 1u << (intid & 31));
}

void arch_kick(const struct vcpu_config *target)
{
	/* The work word is visible before the interrupt is. */
	dsb_ishst();
	write_sysreg(icc_sgi1r_el1, target->arch.kick);
	isb();
}
