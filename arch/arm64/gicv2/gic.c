/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets up the distributor and the CPU interface for EL2, and sends kicks.
 *
 * EL2 does not choose a group. With the Security Extensions it sees the interrupts of Group 1
 * alone, by bit 0 of the control registers, and IGROUPR is RAZ/WI. Without them all interrupts are
 * in Group 0, which bit 0 enables, too, and which arrives as IRQs.
 */
#include "gic/gic.h"

#include "arch.h"
#include "cpu/vcpu.h"
#include "gicv2/gicv2_regs.h"
#include "gicv2/interface.h"
#include "hw/mmio_raw.h"
#include "icc.h"
#include "ich.h"
#include "ich_regs.h"
#include "sections.h"

/* All interrupts have the same: the priorities that guests set are virtual. */
#define PRIORITY 0xa0a0a0a0u

_Atomic uint8_t gic_interfaces[GIC_INTERFACES] SHARED;

static uint64_t gicd(uint32_t reg)
{
	return system_config.arch.gicd + reg;
}

static uint64_t gicc(uint32_t reg)
{
	return system_config.arch.gicc + reg;
}

/* Disables and clears the interrupts of bank `b`, and sets their group and priority. */
static void reset_bank(uint32_t b)
{
	raw_write32(gicd(GIC_ICENABLER + 4 * b), UINT32_MAX);
	raw_write32(gicd(GIC_ICPENDR + 4 * b), UINT32_MAX);
	raw_write32(gicd(GIC_ICACTIVER + 4 * b), UINT32_MAX);
	raw_write32(gicd(GIC_IGROUPR + 4 * b), 0);
	for (uint32_t i = 0; i < 32; i += 4)
		raw_write32(gicd(GIC_IPRIORITYR + 32 * b + i), PRIORITY);
}

uint64_t gic_init(void)
{
	uint32_t banks = GICD_TYPER_LINES(raw_read32(gicd(GICD_TYPER))) + 1;

	raw_write32(gicd(GICD_CTLR), 0);
	for (uint32_t b = 1; b < banks; b++) {
		reset_bank(b);
		for (uint32_t i = 0; i < 32; i += 4)
			raw_write32(gicd(GIC_ITARGETSR + 32 * b + i), 0);
	}
	raw_write32(gicd(GICD_CTLR), GICC_CTLR_ENABLE);
	return 0;
}

/* The number of this pCPU's interface: GICD_ITARGETSR of each private interrupt reads as it. With
 * one CPU interface these are RAZ. */
static uint8_t find_interface(void)
{
	for (uint32_t i = 0; i < 32; i += 4) {
		uint32_t targets = raw_read32(gicd(GIC_ITARGETSR + i));

		if (targets)
			return (uint8_t)(1u << (__builtin_ctz(targets) & 7));
	}
	return 1;
}

/* The bit of `intid` in its GICD_ICFGR that makes it edge-triggered. */
static uint32_t edge(uint32_t intid)
{
	return 2u << 2 * (intid % 16);
}

static void make_level(uint32_t intid)
{
	uint64_t trigger = gicd(GIC_ICFGR + 4 * (intid >> 4));

	raw_write32(trigger, raw_read32(trigger) & ~edge(intid));
}

static void init_interface(void)
{
	uint32_t bypass = raw_read32(gicc(GICC_CTLR)) & GICC_CTLR_BYPASS;

	raw_write32(gicc(GICC_CTLR), bypass);
	for (uint32_t i = 0; i < 4; i++) {
		raw_write32(gicc(GICC_APR + 4 * i), 0);
		raw_write32(gicc(GICC_NSAPR + 4 * i), 0);
	}
	raw_write32(gicc(GICC_PMR), 0xff);
	raw_write32(gicc(GICC_BPR), 7); /* no interrupt preempts another */
	raw_write32(gicc(GICC_CTLR), bypass | GICC_CTLR_EOIMODE | GICC_CTLR_ENABLE);
}

uint64_t gic_cpu_init(const struct vcpu_config *config)
{
	uint8_t interface = find_interface();

	/* relaxed: arch_kick() below lets no request go unseen */
	atomic_store_explicit(&gic_interfaces[config->pcpu], interface, memory_order_relaxed);
	reset_bank(0);
	for (uint32_t i = 0; i < 16; i += 4)
		raw_write32(gicd(GICD_CPENDSGIR + i), UINT32_MAX);
	make_level(system_config.arch.maintenance);
	make_level(system_config.arch.timer);
	raw_write32(gicd(GIC_ISENABLER),
		1u << GIC_KICK | 1u << system_config.arch.maintenance |
			(uint32_t)config->arch.timer << system_config.arch.timer);
	/* See gic_enable_spi(). */
	if (!system_config.uart.owner && &system_config.vcpus[system_config.uart.vcpu] == config)
		raw_write8(gicd(GIC_ITARGETSR + system_config.uart.intid), interface);
	ich_set_hcr(0);
	for (uint32_t n = ICH_VTR_LIST_REGISTERS(ich_vtr()); n-- > 0;)
		ich_set_lr(n, 0);
	init_interface();
	/* Kicks until now had no effect, and a pCPU that finds requests pending does not kick
	 * again. This kick makes the pCPU look at them once. */
	arch_kick(config);
	return 0;
}

void gic_enable_spi(uint32_t intid, const struct vcpu_config *to)
{
	/* The number of the interface is not known before that pCPU is up: it routes the SPI. */
	(void)to;
	make_level(intid);
	raw_write32(gicd(GIC_ISENABLER + 4 * (intid >> 5)), 1u << (intid & 31));
}

void arch_kick(const struct vcpu_config *target)
{
	/* The request word is visible before the interrupt is. */
	dsb_ishst();
	raw_write32(gicd(GICD_SGIR),
		(uint32_t)gic_interface(target) << GICD_SGIR_TARGETS_SHIFT | GIC_KICK);
}

bool arch_kick_reaches(const struct vcpu_config *target)
{
	(void)target;
	return true;
}
