/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of the virtual redistributors (IHI 0069, section 12.11). */
#include "gic/affinity.h"
#include "gicv3/gicv3_regs.h"
#include "vgic/bank.h"
#include "vgic/fields.h"
#include "vgic/frames.h"
#include "vgicv3/redistributors.h"

static uint64_t typer(const struct vcpu_config *target)
{
	uint64_t value = (uint64_t)gic_affinity(target->arch.vmpidr) << 32 |
	                 (uint64_t)target->index << GICR_TYPER_NUMBER_SHIFT;

	return target->index + 1 == target->vm->vcpu_count ? value | GICR_TYPER_LAST : value;
}

static uint64_t read_rd(struct vcpu *target, uint32_t offset, unsigned size)
{
	struct vgic_vm *vgic = vgic_vm(target->vm);

	if ((offset & ~7u) == GICR_TYPER)
		return size >= 4 ? vgic_part(typer(target->config), offset, size) : 0;
	if (size != 4)
		return 0;
	switch (offset) {
	case GICR_CTLR:
		/* acquire pairs with the release in vgic_serve(): all is done when RWP is 0 */
		return atomic_load_explicit(&vgic->outstanding, memory_order_acquire)
		               ? GICR_CTLR_RWP
		               : 0;
	case GICR_IIDR:
		return VGIC_IIDR;
	case GICR_WAKER:
		/* There is nothing to wait for: ChildrenAsleep follows ProcessorSleep at once. */
		return vgic_load(target->arch.vgic.own.waker)
		               ? GICR_WAKER_PROCESSOR_SLEEP | GICR_WAKER_CHILDREN_ASLEEP
		               : 0;
	case GIC_PIDR2:
		return GIC_PIDR2_GICV3;
	default:
		return 0;
	}
}

enum mmio_result vgicr_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	struct vcpu *target = vcpu->vm->vcpus[offset / GICR_SIZE].state;
	uint32_t reg = offset & (GICR_FRAME - 1);

	uint64_t result = 0;

	(void)device;
	if (!(offset & GICR_FRAME)) {
		result = read_rd(target, reg, size);
	} else if (reg >= GIC_IPRIORITYR && reg < GIC_IPRIORITYR + 32) {
		if (size == 1 || size == 4)
			result = vgic_priority_read(target, reg & 31, size);
	} else if (size == 4) {
		if (reg >= GIC_IGROUPR && reg < GIC_IPRIORITYR && !(reg & 0x7f))
			return vgic_bank_read(vcpu, target, 0, reg, value);
		if (reg == GIC_ICFGR || reg == GIC_ICFGR + 4)
			result = vgic_trigger_read(target, reg >> 2 & 1);
	}
	*value = result;
	return MMIO_DONE;
}

enum mmio_result vgicr_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	struct vcpu *target = vcpu->vm->vcpus[offset / GICR_SIZE].state;
	uint32_t reg = offset & (GICR_FRAME - 1);

	(void)device;
	if (!(offset & GICR_FRAME)) {
		if (reg == GICR_WAKER && size == 4)
			vgic_store(target->arch.vgic.own.waker,
				(uint32_t)value & GICR_WAKER_PROCESSOR_SLEEP);
	} else if (reg >= GIC_IPRIORITYR && reg < GIC_IPRIORITYR + 32) {
		if (size == 1 || size == 4)
			vgic_priority_write(vcpu, target, reg & 31, size, (uint32_t)value);
	} else if (size == 4) {
		if (reg >= GIC_IGROUPR && reg < GIC_IPRIORITYR && !(reg & 0x7f))
			return vgic_bank_write(vcpu, target, 0, reg, (uint32_t)value);
		if (reg == GIC_ICFGR + 4)
			vgic_trigger_write(vcpu, target, 1, (uint32_t)value);
	}
	return MMIO_DONE;
}
