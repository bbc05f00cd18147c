/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the virtual distributor (IHI 0069, section 12.9). */
#include "gic/affinity.h"
#include "gicv3/gicv3_regs.h"
#include "speed.h"
#include "vgic/bank.h"
#include "vgic/control.h"
#include "vgic/fields.h"
#include "vgic/frames.h"
#include "vgic/physical_filter.h"
#include "vgic/requests.h"
#include "vgicv3/redistributors.h"

static uint32_t typer(const struct vm_config *vm)
{
	return GICD_TYPER_NO1N | GICD_TYPER_A3V | GICD_TYPER_RSS | GICD_TYPER_IDBITS(10) |
	       (vm->arch.vgic.banks - 1);
}

static uint32_t ctlr(const struct vgic_vm *vgic)
{
	/* acquire pairs with the release in vgic_serve(): all is done when RWP is 0 */
	bool busy = atomic_load_explicit(&vgic->outstanding, memory_order_acquire);

	return vgic_load(vgic->ctlr) | GICD_CTLR_ARE | GICD_CTLR_DS | (busy ? GICD_CTLR_RWP : 0);
}

/* ---------------------------------------------------------------- IROUTER */

static uint64_t read_route(const struct vgic_bank *bank, uint32_t i)
{
	uint32_t affinity = vgic_load(bank->route[i]);

	return gic_mpidr(affinity);
}

/* Writes the bits in `mask` of `value` to the GICD_IROUTER of `intid`. */
static void write_route(struct vcpu *self, uint32_t intid, uint64_t value, uint64_t mask)
{
	const struct vm_config *vm = self->vm;
	struct vgic_vm *vgic = vgic_vm(vm);
	uint32_t b = intid >> 5, i = intid & 31, bit = 1u << i;
	struct vgic_bank *bank = vgic_bank(self, b);
	const struct vcpu_config *to;
	uint32_t affinity;

	if (!(vgic_owned(vm, b) & bit))
		return;
	lock_acquire(&vgic->lock);
	affinity = gic_affinity((read_route(bank, i) & ~mask) | (value & mask));
	if (affinity != vgic_load(bank->route[i])) {
		vgic_store(bank->route[i], affinity);
		to = vcpu_of_mpidr(vm, gic_mpidr(affinity));
		bank->routed = to ? bank->routed | bit : bank->routed & ~bit;
		if (to)
			vgic_physical_route(vm, intid, to);
		vgic_physical_enable(self, b, bit, vgic_forwarded(vm, bank));
		vgic_reconsider(self, self, b, bit);
		vgic_serve_marked(self);
	}
	lock_release(&vgic->lock);
}

/* ---------------------------------------------------------------- the frame */

/* Reads a register other than GICD_CTLR and those with one bit for each INTID. */
static uint64_t other_register(struct vcpu *vcpu, uint32_t offset, unsigned size)
{
	const struct vm_config *vm = vcpu->vm;

	if (offset >= GIC_IPRIORITYR && offset < GIC_ITARGETSR)
		return (size == 1 || size == 4) && vgic_is_spi_bank(vm, (offset & 0x3ff) >> 5)
		               ? vgic_priority_read(vcpu, offset & 0x3ff, size)
		               : 0;
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER_END) {
		uint32_t intid = (offset - GICD_IROUTER) >> 3;

		if (size < 4 || !vgic_is_spi_bank(vm, intid >> 5))
			return 0;
		return vgic_part(read_route(vgic_bank(vcpu, intid >> 5), intid & 31), offset, size);
	}
	if (size != 4)
		return 0;
	if (offset >= GIC_ICFGR && offset < GIC_IGRPMODR)
		return vgic_is_spi_bank(vm, (offset & 0xff) >> 3)
		               ? vgic_trigger_read(vcpu, (offset & 0xff) >> 2)
		               : 0;
	switch (offset) {
	case GICD_TYPER:
		return typer(vm);
	case GICD_IIDR:
		return VGIC_IIDR;
	case GIC_PIDR2:
		return GIC_PIDR2_GICV3;
	default:
		return 0;
	}
}

COLD("GICD_ISENABLER read")
static enum mmio_result read_other(
	struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t *value)
{
	*value = other_register(vcpu, (uint32_t)offset, size);
	return MMIO_DONE;
}

enum mmio_result vgicd_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	const struct vm_config *vm = vcpu->vm;
	uint32_t b = offset >> 2 & 31;

	(void)device;
	if (size == 4 && offset == GICD_CTLR) {
		*value = ctlr(vgic_vm(vm));
		return MMIO_DONE;
	}
	if (size == 4 && offset - GIC_IGROUPR < GIC_IPRIORITYR - GIC_IGROUPR &&
		vgic_is_spi_bank(vm, b)) {
		if (offset >= GIC_ISPENDR)
			return vgic_bank_read(vcpu, vcpu, b, offset & ~0x7fu, value);
		*value = vgic_config_read(vgic_bank(vcpu, b), offset & ~0x7fu);
		return MMIO_DONE;
	}
	return read_other(vcpu, offset, size, value);
}

static enum mmio_result write_other(
	struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value)
{
	const struct vm_config *vm = vcpu->vm;
	uint32_t reg = (uint32_t)offset;
	uint32_t b = reg >> 2 & 31;

	if (reg >= GIC_IGROUPR && reg < GIC_IPRIORITYR) {
		if (size == 4 && vgic_is_spi_bank(vm, b))
			return vgic_bank_write(vcpu, vcpu, b, reg & ~0x7fu, (uint32_t)value);
	} else if (reg >= GIC_IPRIORITYR && reg < GIC_ITARGETSR) {
		if ((size == 1 || size == 4) && vgic_is_spi_bank(vm, (reg & 0x3ff) >> 5))
			vgic_priority_write(vcpu, vcpu, reg & 0x3ff, size, (uint32_t)value);
	} else if (reg >= GIC_ICFGR && reg < GIC_IGRPMODR) {
		if (size == 4 && vgic_is_spi_bank(vm, (reg & 0xff) >> 3))
			vgic_trigger_write(vcpu, vcpu, (reg & 0xff) >> 2, (uint32_t)value);
	} else if (reg >= GICD_IROUTER && reg < GICD_IROUTER_END) {
		uint32_t intid = (reg - GICD_IROUTER) >> 3;

		if (size >= 4 && vgic_is_spi_bank(vm, intid >> 5))
			write_route(vcpu, intid, value << 8 * (reg & 4),
				size == 8 ? UINT64_MAX : (uint64_t)UINT32_MAX << 8 * (reg & 4));
	} else if (reg == GICD_CTLR && size == 4) {
		vgic_control_write(vcpu, (uint32_t)value);
	}
	return MMIO_DONE;
}

HOT("GICD_ICENABLER write")
enum mmio_result vgicd_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	uint32_t b = offset >> 2 & 31;
	uint32_t reg = (uint32_t)offset;

	(void)device;
	if (reg >= GIC_ISENABLER && reg < GIC_ISPENDR && size == 4 && vgic_is_spi_bank(vcpu->vm, b))
		return vgic_enable_write(vcpu, b, reg & ~0x7fu, (uint32_t)value);
	return write_other(vcpu, offset, size, value);
}
