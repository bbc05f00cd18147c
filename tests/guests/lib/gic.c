// SPDX-License-Identifier: Apache-2.0
/* The guest's GICv3: set-up, registers of an INTID, SGIs, and the log of what arrives. */
#include "gic.h"

#include <stddef.h>

#include "fdt.h"
#include "print.h"
#include "test.h"

uint64_t gicd_base, gicr_base;
struct gic_reset gic_reset;

static uint32_t affinity_of(uint64_t mpidr)
{
	return (uint32_t)(((mpidr >> 32) & 0xff) << 24 | (mpidr & 0xffffff));
}

static void find_redistributors(struct fdt_node node)
{
	uint64_t base, size;

	for (uint32_t region = 1; fdt_reg(node, region, &base, &size); region++) {
		if (region == 1)
			gicr_base = base;
		for (uint64_t frame = base; frame < base + size; frame += GICR_FRAME) {
			uint64_t typer = read64(frame + GICR_TYPER);

			for (uint32_t i = 0; i < cpu_count; i++) {
				if (typer >> 32 == affinity_of(cpus[i].mpidr))
					cpus[i].gicr = frame;
			}
			if (typer & GICR_TYPER_LAST)
				break;
		}
	}
}

void gic_init(void)
{
	struct fdt_node node = fdt_compatible("arm,gic-v3");
	uint64_t size;

	if (!fdt_reg(node, 0, &gicd_base, &size)) {
		print("# no GICv3 in the device tree\n");
		return;
	}
	find_redistributors(node);
}

static void save_reset_state(const struct cpu *cpu)
{
	gic_reset.ctlr = read32(gicd_base + GICD_CTLR);
	gic_reset.waker = read32(cpu->gicr + GICR_WAKER);
	gic_reset.enabled = read32(cpu->gicr + GICR_SGI + GICD_ISENABLER);
	gic_reset.pending = read32(cpu->gicr + GICR_SGI + GICD_ISPENDR);
	gic_reset.active = read32(cpu->gicr + GICR_SGI + GICD_ISACTIVER);
	gic_reset.pmr = read_sysreg(ICC_PMR_EL1);
	gic_reset.igrpen0 = read_sysreg(ICC_IGRPEN0_EL1);
	gic_reset.igrpen1 = read_sysreg(ICC_IGRPEN1_EL1);
	gic_reset.icc_ctlr = read_sysreg(ICC_CTLR_EL1);
	gic_reset.rpr = read_sysreg(ICC_RPR_EL1);
	gic_reset.hppir1 = read_sysreg(ICC_HPPIR1_EL1);
}

void gic_init_cpu(struct cpu *cpu)
{
	if (!cpu->gicr)
		return;
	write_sysreg(ICC_SRE_EL1, 7);
	isb();
	if (cpu->index == 0) {
		save_reset_state(cpu);
		write32(gicd_base + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP0 | GICD_CTLR_GROUP1);
		gic_wait_rwp(NULL);
	}
	write32(cpu->gicr + GICR_WAKER, 0);
	while (read32(cpu->gicr + GICR_WAKER) & GICR_WAKER_ASLEEP)
		relax();

	write32(cpu->gicr + GICR_SGI + GICD_ICENABLER, ~0u);
	gic_wait_rwp(cpu);
	write32(cpu->gicr + GICR_SGI + GICD_IGROUPR, ~0u);
	write32(cpu->gicr + GICR_SGI + GICD_ICPENDR, ~0u);
	write32(cpu->gicr + GICR_SGI + GICD_ICACTIVER, ~0u);
	for (uint32_t i = 0; i < 32; i += 4)
		write32(cpu->gicr + GICR_SGI + GICD_IPRIORITYR + i, 0xa0a0a0a0);

	gic_set_mask(0xff);
	write_sysreg(ICC_BPR0_EL1, 0);
	write_sysreg(ICC_BPR1_EL1, 0);
	write_sysreg(ICC_CTLR_EL1, 0);
	write_sysreg(ICC_IGRPEN0_EL1, 1);
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	isb();
}

uint64_t gic_bits(const struct cpu *cpu, uint32_t offset, uint32_t intid)
{
	if (intid < 32)
		return cpu->gicr + GICR_SGI + offset;
	return gicd_base + offset + intid / 32 * 4;
}

uint64_t gic_priority(const struct cpu *cpu, uint32_t intid)
{
	return (intid < 32 ? cpu->gicr + GICR_SGI : gicd_base) + GICD_IPRIORITYR + intid;
}

void gic_wait_rwp(const struct cpu *cpu)
{
	if (cpu) {
		while (read32(cpu->gicr + GICR_CTLR) & (1u << 3))
			relax();
	}
	while (read32(gicd_base + GICD_CTLR) & GICD_CTLR_RWP)
		relax();
}

void gic_write(const struct cpu *cpu, uint32_t offset, uint32_t intid)
{
	write32(gic_bits(cpu, offset, intid), 1u << intid % 32);
	if (offset == GICD_ICENABLER)
		gic_wait_rwp(intid < 32 ? cpu : NULL);
	dsb();
}

bool gic_read(const struct cpu *cpu, uint32_t offset, uint32_t intid)
{
	return read32(gic_bits(cpu, offset, intid)) >> intid % 32 & 1;
}

void gic_set_group(const struct cpu *cpu, uint32_t intid, uint32_t group)
{
	uint64_t address = gic_bits(cpu, GICD_IGROUPR, intid);
	uint32_t bit = 1u << intid % 32;

	write32(address, (read32(address) & ~bit) | (group ? bit : 0));
	dsb();
}

void gic_set_priority(const struct cpu *cpu, uint32_t intid, uint8_t priority)
{
	write8(gic_priority(cpu, intid), priority);
	dsb();
}

void gic_set_edge(const struct cpu *cpu, uint32_t intid, bool edge)
{
	uint64_t address =
		(intid < 32 ? cpu->gicr + GICR_SGI : gicd_base) + GICD_ICFGR + intid / 16 * 4;
	uint32_t bit = 2u << intid % 16 * 2;

	write32(address, (read32(address) & ~bit) | (edge ? bit : 0));
	dsb();
}

void gic_route(uint32_t intid, uint64_t mpidr)
{
	write64(gicd_base + GICD_IROUTER + 8 * intid, mpidr & 0xff00ffffff);
	dsb();
}

void gic_prepare(const struct cpu *cpu, uint32_t intid)
{
	gic_write(cpu, GICD_ICENABLER, intid);
	gic_write(cpu, GICD_ICPENDR, intid);
	gic_write(cpu, GICD_ICACTIVER, intid);
	gic_set_group(cpu, intid, 1);
	gic_set_priority(cpu, intid, 0xa0);
	if (intid >= 32) {
		gic_set_edge(cpu, intid, true);
		gic_route(intid, cpu->mpidr);
	}
	gic_write(cpu, GICD_ISENABLER, intid);
}

uint32_t gic_sgis(void)
{
	return is_direct ? 15 : 16;
}

uint32_t gic_ranks(void)
{
	return is_halved ? 14 : gic_sgis();
}

uint8_t gic_rank(uint32_t n)
{
	return (uint8_t)(0x10 * (n + is_direct));
}

static bool masks_differ(void)
{
	return is_sole && is_halved;
}

void gic_set_mask(uint8_t priority)
{
	write_sysreg(ICC_PMR_EL1, masks_differ() ? 0x80 | priority >> 1 : priority);
}

uint8_t gic_running_priority(void)
{
	uint64_t running = read_sysreg(ICC_RPR_EL1);

	return (uint8_t)(masks_differ() && running != 0xff ? running << 1 : running);
}

uint64_t gic_sgi_value(uint64_t mpidr, uint32_t intid)
{
	return 1ull << (mpidr & 0xf) | (mpidr >> 8 & 0xff) << 16 | (uint64_t)intid << 24 |
	       (mpidr >> 16 & 0xff) << 32 | (mpidr >> 4 & 0xf) << 44 | (mpidr >> 32 & 0xff) << 48;
}

void gic_sgi_raw(uint64_t value)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	write_sysreg(ICC_SGI1R_EL1, value);
	isb();
}

void gic_sgi(const struct cpu *target, uint32_t intid)
{
	gic_sgi_raw(gic_sgi_value(target->mpidr, intid));
}

static void log_interrupt(struct cpu *cpu, uint32_t intid)
{
	if (intid == SPURIOUS) {
		cpu->spurious++;
		return;
	}
	cpu->log[cpu->log_count % LOG_SIZE] = intid;
	cpu->log_count++;
	if (cpu->on_irq)
		cpu->on_irq(cpu, intid);
}

void gic_irq(struct cpu *cpu)
{
	uint32_t intid = (uint32_t)read_sysreg(ICC_IAR1_EL1);

	dsb();
	log_interrupt(cpu, intid);
	if (intid != SPURIOUS && !cpu->keep_active) {
		write_sysreg(ICC_EOIR1_EL1, intid);
		isb();
	}
}

void gic_fiq(struct cpu *cpu)
{
	uint32_t intid = (uint32_t)read_sysreg(ICC_IAR0_EL1);

	dsb();
	if (intid != SPURIOUS)
		cpu->fiqs++;
	log_interrupt(cpu, intid);
	if (intid != SPURIOUS && !cpu->keep_active) {
		write_sysreg(ICC_EOIR0_EL1, intid);
		isb();
	}
}

bool gic_take(struct cpu *cpu, uint32_t count, uint32_t ms)
{
	irq_enable();
	bool arrived = WAIT_FOR(cpu->log_count >= count, ms);

	irq_disable();
	return arrived;
}

void gic_forget(struct cpu *cpu)
{
	cpu->log_count = 0;
	cpu->spurious = 0;
	cpu->fiqs = 0;
}
