/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to the physical GIC, through the masks of what a VM owns. */
#include "vgic/physical_filter.h"

#include "gic/gic_regs.h"
#include "gic/wait.h"
#include "hw/mmio_raw.h"
#include "sections.h"
#include "vgic/bank.h"

/* Of a GICD_ICFGR: several VMs may have fields in one, and a change reads it and writes it back. */
static struct lock trigger_lock SHARED;

/* The frame that has bank `b`: the distributor, or the SGI frame of `target`'s redistributor. */
static uint64_t frame(const struct vcpu *target, uint32_t b)
{
	return b ? system_config.arch.gicd : target->config->arch.gicr + GICR_FRAME;
}

void vgic_physical_write(const struct vcpu *target, uint32_t b, uint32_t reg, uint32_t bits)
{
	bits &= vgic_hardware(target->vm, b);
	if (bits)
		raw_write32(frame(target, b) + reg + 4 * b, bits);
}

uint32_t vgic_physical_read(const struct vcpu *target, uint32_t b, uint32_t reg)
{
	uint32_t hardware = vgic_hardware(target->vm, b);

	return hardware ? raw_read32(frame(target, b) + reg + 4 * b) & hardware : 0;
}

void vgic_physical_enable(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t forwarded)
{
	vgic_physical_write(target, b, GIC_ICENABLER, bits & ~forwarded);
	vgic_physical_write(target, b, GIC_ISENABLER, bits & forwarded);
}

void vgic_physical_settle(const struct vcpu *target)
{
	gic_wait_clear(system_config.arch.gicd + GICD_CTLR, GICD_CTLR_RWP);
	gic_wait_clear(target->config->arch.gicr + GICR_CTLR, GICR_CTLR_RWP);
}

uint32_t vgic_physical_trigger(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t edge)
{
	uint32_t result = 0;

	bits &= vgic_hardware(target->vm, b);
	for (uint32_t half = 0; half < 2; half++) {
		uint64_t reg = frame(target, b) + GIC_ICFGR + 8 * b + 4 * half;
		uint32_t mask = icfgr_spread(bits >> 16 * half & 0xffff);

		if (!mask)
			continue;
		lock_acquire(&trigger_lock);
		raw_write32(reg, (raw_read32(reg) & ~mask) |
					 (icfgr_spread(edge >> 16 * half & 0xffff) & mask));
		/* The hardware may fix some fields. */
		result |= icfgr_gather(raw_read32(reg) & mask) << 16 * half;
		lock_release(&trigger_lock);
	}
	return result;
}

void vgic_physical_route(const struct vm_config *vm, uint32_t intid, const struct vcpu_config *to)
{
	uint32_t b = intid >> 5;

	if (b && b < vm->arch.vgic.banks && vgic_hardware(vm, b) >> (intid & 31) & 1)
		raw_write64(system_config.arch.gicd + GICD_IROUTER + 8 * intid, to->arch.mpidr);
}
