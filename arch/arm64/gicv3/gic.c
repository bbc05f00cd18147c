/* SPDX-License-Identifier: Apache-2.0 */
/* Sets up the distributor, redistributor and CPU interface for EL2, and sends kicks. */
#include "gic/gic.h"

#include "arch.h"
#include "cpu/vcpu.h"
#include "gicv3/active_priorities.h"
#include "gicv3/wait.h"
#include "hw/mmio_raw.h"
#include "hw/sysreg.h"
#include "icc.h"
#include "ich.h"
#include "ich_regs.h"

/*
 * The priority of all physical interrupts but EL2's urgent ones. A guest in virtual mode has its
 * own priorities in list registers alone; in direct mode direct_frames.c writes them here.
 */
#define PRIORITY 0xa0a0a0a0u

static uint64_t gicd(uint32_t reg)
{
	return system_config.arch.gicd + reg;
}

/* Waits until `bits` of the register at `reg` are clear. If they stay set, stores `reg` to
 * `*stuck`; else leaves `*stuck` alone. */
static void wait_done(uint64_t reg, uint32_t bits, uint64_t *stuck)
{
	if (!gic_wait_clear(reg, bits))
		*stuck = reg;
}

static uint32_t banks(void)
{
	return GICD_TYPER_LINES(raw_read32(gicd(GICD_TYPER))) + 1;
}

uint64_t gic_init(void)
{
	uint32_t lines = banks();
	uint64_t stuck = 0;

	raw_write32(gicd(GICD_CTLR), 0);
	wait_done(gicd(GICD_CTLR), GICD_CTLR_RWP, &stuck);
	/* ARE comes first: it moves SGIs and PPIs to the redistributors. */
	raw_write32(gicd(GICD_CTLR), GICD_CTLR_ARE);
	wait_done(gicd(GICD_CTLR), GICD_CTLR_RWP, &stuck);
	for (uint32_t b = 1; b < lines; b++) {
		raw_write32(gicd(GIC_ICENABLER + 4 * b), UINT32_MAX);
		raw_write32(gicd(GIC_ICPENDR + 4 * b), UINT32_MAX);
		raw_write32(gicd(GIC_ICACTIVER + 4 * b), UINT32_MAX);
		/* No effect with two security states: the firmware has chosen the groups. */
		raw_write32(gicd(GIC_IGROUPR + 4 * b), UINT32_MAX);
		for (uint32_t i = 0; i < 32; i += 4)
			raw_write32(gicd(GIC_IPRIORITYR + 32 * b + i), PRIORITY);
	}
	wait_done(gicd(GICD_CTLR), GICD_CTLR_RWP, &stuck);
	raw_write32(gicd(GICD_CTLR),
		GICD_CTLR_ARE | GICD_CTLR_GRP1 | (system_config.arch.group0 ? GICD_CTLR_GRP0 : 0));
	wait_done(gicd(GICD_CTLR), GICD_CTLR_RWP, &stuck);
	return stuck;
}

/*
 * Puts an interrupt of EL2 into Group 0 with the highest priority, on the pCPU of a VM in direct
 * mode. `frame` is the distributor, or the SGI frame of a redistributor. No interrupt that the
 * guest can set up comes before it.
 */
static void make_urgent(uint64_t frame, uint32_t intid)
{
	uint64_t group = frame + GIC_IGROUPR + 4 * (intid >> 5);

	raw_write32(group, raw_read32(group) & ~(1u << (intid & 31)));
	raw_write8(frame + GIC_IPRIORITYR + intid, 0);
}

/* Makes no priority active at this pCPU's CPU interface. `group0`: also those of Group 0. */
static void clear_active_priorities(bool group0)
{
	uint64_t bits = ICC_CTLR_PRIBITS(read_sysreg(icc_ctlr_el1));

	/* With two security states EL2 cannot access the registers of Group 0. */
	if (group0)
		CLEAR_ACTIVE_PRIORITIES(icc_ap0r, _el1, bits);
	CLEAR_ACTIVE_PRIORITIES(icc_ap1r, _el1, bits);
}

/* QEMU 7.2 ignores non-secure writes of ICC_AP1R0_EL1. There, this drops the active priorities one
 * by one. EOImode is 1, so a drop deactivates nothing. On other machines all are clear already. */
static void drop_active_priorities(void)
{
	isb();
	for (uint32_t i = 0; i < 128 && read_sysreg(icc_rpr_el1) != GIC_IDLE_PRIORITY; i++)
		gic_drop(GIC_KICK);
}

/*
 * True if ICC_PMR_EL1 and ICC_RPR_EL1 count priorities in another way than the distributor and the
 * redistributors do: these show the non-secure half of the priorities as the full range, while the
 * CPU interface shows both halves. This is so with two security states while SCR_EL3.FIQ is clear
 * (IHI 0069, section 4.8.6).
 */
static bool masks_differ(void)
{
	unsigned bits = ICC_CTLR_PRIBITS(read_sysreg(icc_ctlr_el1));
	uint64_t mask;

	if (raw_read32(gicd(GICD_CTLR)) & GICD_CTLR_DS)
		return false;
	/*
	 * Writes the lowest implemented bit. If ICC_PMR_EL1 showed the non-secure half alone, the
	 * write would be shifted right and lose that bit, or would be ignored, as a mask in the
	 * secure half may not be changed.
	 */
	write_sysreg(icc_pmr_el1, BIT(8 - bits));
	mask = read_sysreg(icc_pmr_el1);
	return mask == BIT(8 - bits);
}

uint8_t gic_mask(const struct vcpu_config *config, uint8_t priority)
{
	return config->state->arch.direct.differs ? (uint8_t)(0x80 | priority >> 1) : priority;
}

void gic_cpu_interface(const struct vcpu_config *config)
{
	bool group0 = config->arch.group0;
	/* A sole owner may have used Group 0, and its life may have ended with anything in the
	 * registers of Group 0. */
	bool reach0 = group0 || (config->arch.direct && raw_read32(gicd(GICD_CTLR)) & GICD_CTLR_DS);

	write_sysreg(icc_ctlr_el1, ICC_CTLR_EOIMODE);
	clear_active_priorities(reach0);
	drop_active_priorities();
	/* While a vCPU with direct interrupts is off, EL2's own interrupts alone get through. */
	write_sysreg(
		icc_pmr_el1, config->arch.direct ? gic_mask(config, GIC_GUEST_PRIORITY) : 0xff);
	/* No interrupt of Group 1 preempts another. */
	write_sysreg(icc_bpr1_el1, 7);
	if (reach0) {
		/* EL2's Group 0 preempts the guest's interrupts. */
		write_sysreg(icc_bpr0_el1, 0);
		write_sysreg(icc_igrpen0_el1, group0);
	}
	write_sysreg(icc_igrpen1_el1, 1);
	isb();
}

void gic_end0(uint32_t intid)
{
	write_sysreg(icc_eoir0_el1, intid);
	if (read_sysreg(icc_ctlr_el1) & ICC_CTLR_EOIMODE)
		write_sysreg(icc_dir_el1, intid);
}

/* The bit that makes `intid` edge-triggered, in its GIC_ICFGR. */
static uint32_t edge(uint32_t intid)
{
	return 2u << 2 * (intid % 16);
}

uint64_t gic_cpu_init(const struct vcpu_config *config)
{
	uint64_t rd = config->arch.gicr;
	uint64_t sgi = rd + GICR_FRAME;
	uint64_t stuck = 0;

	raw_write32(rd + GICR_WAKER, raw_read32(rd + GICR_WAKER) & ~GICR_WAKER_PROCESSOR_SLEEP);
	wait_done(rd + GICR_WAKER, GICR_WAKER_CHILDREN_ASLEEP, &stuck);
	raw_write32(sgi + GIC_ICENABLER, UINT32_MAX);
	wait_done(rd + GICR_CTLR, GICR_CTLR_RWP, &stuck);
	raw_write32(sgi + GIC_ICPENDR, UINT32_MAX);
	raw_write32(sgi + GIC_ICACTIVER, UINT32_MAX);
	raw_write32(sgi + GIC_IGROUPR, UINT32_MAX);
	for (uint32_t i = 0; i < 32; i += 4)
		raw_write32(sgi + GIC_IPRIORITYR + i, PRIORITY);
	/* EL2's own PPIs are level-sensitive. The reset value of their configuration is UNKNOWN. */
	raw_write32(sgi + GIC_ICFGR + 4,
		raw_read32(sgi + GIC_ICFGR + 4) &
			~(edge(system_config.arch.maintenance) | edge(system_config.arch.timer)));
	if (config->arch.direct)
		raw_write8(sgi + GIC_IPRIORITYR + GIC_KICK, 0);
	if (config->arch.group0) {
		make_urgent(sgi, GIC_KICK);
		make_urgent(sgi, system_config.arch.timer);
	}
	raw_write32(sgi + GIC_ISENABLER,
		1u << GIC_KICK | 1u << system_config.arch.maintenance |
			(uint32_t)config->arch.timer << system_config.arch.timer);

	gic_enable_system_registers();
	write_sysreg(ich_hcr_el2, 0);
	for (uint32_t n = ICH_VTR_LIST_REGISTERS(ich_vtr()); n-- > 0;)
		ich_set_lr(n, 0);
	if (config->arch.direct)
		config->state->arch.direct.differs = masks_differ();
	else
		gic_cpu_interface(config); /* the others get it by direct_cpu_off() */
	/*
	 * Kicks that were sent before this got lost, and vcpu_request() does not kick again while
	 * the request word is not empty. So this pCPU kicks itself, to look at its request word
	 * once.
	 */
	arch_kick(config);
	return stuck;
}

void gic_enable_spi(uint32_t intid, const struct vcpu_config *to)
{
	uint64_t trigger = gicd(GIC_ICFGR + 4 * (intid >> 4));

	/* Level-sensitive, as the reset value is UNKNOWN. No lock: the boot CPU is alone, and no
	 * other SPI is enabled yet. */
	raw_write32(trigger, raw_read32(trigger) & ~edge(intid));
	raw_write64(gicd(GICD_IROUTER + 8 * intid), to->arch.mpidr);
	if (to->arch.group0)
		make_urgent(gicd(0), intid);
	raw_write32(gicd(GIC_ISENABLER + 4 * (intid >> 5)), 1u << (intid & 31));
}

/*
 * Kicks a pCPU whose guest has direct interrupts. The guest leaves for EL2 by an interrupt of Group
 * 0 alone. Without Group 0, the kick waits until the vCPU is in EL2. If the request is about the
 * guest's console, the doorbell interrupts the guest, and its driver's access leads to EL2.
 */
static void kick_direct(const struct vcpu_config *target)
{
	uint64_t kick = target->arch.kick & ~KICK_DIRECT;
	uint32_t doorbell = target->vm->arch.doorbell;

	if (target->arch.group0) {
		write_sysreg(icc_sgi0r_el1, kick);
	} else {
		write_sysreg(icc_sgi1r_el1, kick);
		if (doorbell &&
			atomic_load_explicit(&target->shared->requests, memory_order_relaxed) &
				REQUESTS_BY_ACCESS)
			raw_write32(gicd(GIC_ISPENDR + 4 * (doorbell >> 5)), 1u << (doorbell & 31));
	}
	isb();
}

void arch_kick(const struct vcpu_config *target)
{
	/* The target must see its request word before it takes the interrupt. */
	dsb_ishst();
	if (target->arch.kick & KICK_DIRECT) {
		kick_direct(target);
		return;
	}
	write_sysreg(icc_sgi1r_el1, target->arch.kick);
	isb();
}

bool arch_kick_reaches(const struct vcpu_config *target)
{
	return !target->arch.direct || target->arch.group0;
}
