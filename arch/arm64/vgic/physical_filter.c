/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to the physical GIC, through the masks of what a VM owns. */
#include "vgic/physical_filter.h"

#include "gic/gic_regs.h"
#include "hw/mmio_raw.h"
#include "physical.h"
#include "sections.h"
#include "vgic/bank.h"

/* Of a GICD_ICFGR: several VMs may have fields in one, and a change reads it and writes it back. */
static struct lock trigger_lock SHARED;

void vgic_physical_write(const struct vcpu *target, uint32_t b, uint32_t reg, uint32_t bits)
{
	bits &= vgic_hardware(target->vm, b);
	if (bits)
		raw_write32(physical_frame(target->config, b) + reg + 4 * b, bits);
}

uint32_t vgic_physical_read(const struct vcpu *target, uint32_t b, uint32_t reg)
{
	uint32_t hardware = vgic_hardware(target->vm, b);

	return hardware ? raw_read32(physical_frame(target->config, b) + reg + 4 * b) & hardware
	                : 0;
}

void vgic_physical_enable(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t forwarded)
{
	vgic_physical_write(target, b, GIC_ICENABLER, bits & ~forwarded);
	vgic_physical_write(target, b, GIC_ISENABLER, bits & forwarded);
}

void vgic_physical_settle(const struct vcpu *target)
{
	physical_settle(target->config);
}

uint32_t vgic_physical_trigger(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t edge)
{
	uint32_t result = 0;

	bits &= vgic_hardware(target->vm, b);
	for (uint32_t half = 0; half < 2; half++) {
		uint64_t reg = physical_frame(target->config, b) + GIC_ICFGR + 8 * b + 4 * half;
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
		physical_route(intid, to);
}
