/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the virtual distributor. Registers of SGIs and PPIs are those of the vCPU that
 * accesses them. An access of a size that its register does not have is RAZ/WI. */
#include "gicv2/gicv2_regs.h"
#include "route.h"
#include "vgic/bank.h"
#include "vgic/control.h"
#include "vgic/fields.h"
#include "vgic/frames.h"
#include "vgic/physical_filter.h"
#include "vgic/requests.h"
#include "vgicv2/sgi.h"

/* Bits of bank 0 in GICD_ISENABLER to GICD_ICPENDR that are fixed: SGIs are enabled as on a
 * GIC-400, and pending by their senders (sgi.h). */
#define FIXED VGIC_SGIS

static uint32_t typer(const struct vm_config *vm)
{
	return GICD_TYPER_CPUS(vm->vcpu_count) | (vm->arch.vgic.banks - 1);
}

/* True if GICD_IPRIORITYR and the like have the `size` bytes from INTID `first` on. */
static bool has_bytes(const struct vm_config *vm, uint32_t first, unsigned size)
{
	return (size == 1 || size == 4) && first >> 5 < vm->arch.vgic.banks;
}

/* ---------------------------------------------------------------- GICD_ITARGETSR */

static uint32_t read_targets(struct vcpu *self, uint32_t first, unsigned size)
{
	uint32_t value = 0;

	if (self->vm->vcpu_count == 1)
		return 0;
	for (unsigned k = 0; k < size; k++) {
		uint32_t i = (first + k) & 31;
		uint32_t route = first < 32 ? route_to(self->config)
		                            : vgic_load(vgic_bank(self, first >> 5)->route[i]);

		value |= route << 8 * k;
	}
	return value;
}

/* Stores the route of SPI `intid`; true if it is another than before. */
static bool set_route(struct vcpu *self, uint32_t intid, uint32_t route)
{
	struct vgic_bank *bank = vgic_bank(self, intid >> 5);
	uint32_t i = intid & 31, bit = 1u << i;

	if (route == vgic_load(bank->route[i]))
		return false;
	vgic_store(bank->route[i], route);
	bank->routed = route ? bank->routed | bit : bank->routed & ~bit;
	/* One that goes nowhere is disabled in hardware, and keeps its last target there. */
	if (route)
		vgic_physical_route(self->vm, intid, route_target(self->vm, route));
	return true;
}

static void write_targets(struct vcpu *self, uint32_t first, unsigned size, uint32_t value)
{
	const struct vm_config *vm = self->vm;
	struct vgic_vm *vgic = vgic_vm(vm);
	uint32_t b = first >> 5, changed = 0;

	if (b == 0 || vm->vcpu_count == 1)
		return;
	lock_acquire(&vgic->lock);
	for (unsigned k = 0; k < size; k++) {
		uint32_t bit = 1u << ((first + k) & 31);
		uint32_t route = value >> 8 * k & ((1u << vm->vcpu_count) - 1);

		if (vgic_owned(vm, b) & bit && set_route(self, first + k, route))
			changed |= bit;
	}
	if (changed) {
		vgic_physical_enable(self, b, changed, vgic_forwarded(vm, vgic_bank(self, b)));
		vgic_reconsider(self, self, b, changed);
		vgic_serve_marked(self);
	}
	lock_release(&vgic->lock);
}

/* ---------------------------------------------------------------- the frame */

static uint64_t read_bytes(struct vcpu *vcpu, uint32_t reg, unsigned size)
{
	uint32_t first = reg & 0x3ff;

	if (reg >= GICD_CPENDSGIR)
		return size == 1 || size == 4 ? vgic_senders_read(vcpu, reg & 15, size) : 0;
	if (!has_bytes(vcpu->vm, first, size))
		return 0;
	return reg < GIC_ITARGETSR ? vgic_priority_read(vcpu, first, size)
	                           : read_targets(vcpu, first, size);
}

static uint64_t other_register(struct vcpu *vcpu, uint32_t reg, unsigned size)
{
	const struct vm_config *vm = vcpu->vm;

	if ((reg >= GIC_IPRIORITYR && reg < GIC_ICFGR) ||
		(reg >= GICD_CPENDSGIR && reg < GICD_SGIS_END))
		return read_bytes(vcpu, reg, size);
	if (size != 4)
		return 0;
	if (reg >= GIC_ICFGR && reg < GIC_IGRPMODR)
		return (reg & 0xff) >> 3 < vm->arch.vgic.banks
		               ? vgic_trigger_read(vcpu, (reg & 0xff) >> 2)
		               : 0;
	switch (reg) {
	case GICD_CTLR:
		return vgic_load(vgic_vm(vm)->ctlr);
	case GICD_TYPER:
		return typer(vm);
	case GICD_IIDR:
		return VGIC_IIDR;
	case GICD_ICPIDR2:
		return GICD_ICPIDR2_GICV2;
	default:
		return 0;
	}
}

enum mmio_result vgicd_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	uint32_t b = offset >> 2 & 31;

	(void)device;
	if (size == 4 && offset - GIC_IGROUPR < GIC_IPRIORITYR - GIC_IGROUPR &&
		b < vcpu->vm->arch.vgic.banks) {
		if (offset >= GIC_ISPENDR)
			return vgic_bank_read(vcpu, vcpu, b, offset & ~0x7fu, value);
		*value = vgic_config_read(vgic_bank(vcpu, b), offset & ~0x7fu);
		return MMIO_DONE;
	}
	*value = other_register(vcpu, (uint32_t)offset, size);
	return MMIO_DONE;
}

static enum mmio_result write_bits(struct vcpu *vcpu, uint32_t b, uint32_t reg, uint32_t value)
{
	if (b == 0 && reg >= GIC_ISENABLER && reg < GIC_ISACTIVER)
		value &= ~FIXED;
	if (b && reg >= GIC_ISENABLER && reg < GIC_ISPENDR)
		return vgic_enable_write(vcpu, b, reg, value);
	return vgic_bank_write(vcpu, vcpu, b, reg, value);
}

static void write_bytes(struct vcpu *vcpu, uint32_t reg, unsigned size, uint32_t value)
{
	uint32_t first = reg & 0x3ff;

	if (reg >= GICD_CPENDSGIR) {
		if (size == 1 || size == 4)
			vgic_senders_write(vcpu, reg & 15, size, value, reg >= GICD_SPENDSGIR);
		return;
	}
	if (!has_bytes(vcpu->vm, first, size))
		return;
	if (reg < GIC_ITARGETSR)
		vgic_priority_write(vcpu, vcpu, first, size, value);
	else
		write_targets(vcpu, first, size, value);
}

/* Apart, so that GICD_SGIR needs no stack frame. */
static __attribute__((noinline)) enum mmio_result write_other(
	struct vcpu *vcpu, uint64_t offset, unsigned size, uint64_t value)
{
	const struct vm_config *vm = vcpu->vm;
	uint32_t reg = (uint32_t)offset;
	uint32_t b = reg >> 2 & 31;

	if (reg == GICD_CTLR && size == 4)
		vgic_control_write(vcpu, (uint32_t)value);
	if (reg >= GIC_IGROUPR && reg < GIC_IPRIORITYR && size == 4 && b < vm->arch.vgic.banks)
		return write_bits(vcpu, b, reg & ~0x7fu, (uint32_t)value);
	if ((reg >= GIC_IPRIORITYR && reg < GIC_ICFGR) ||
		(reg >= GICD_CPENDSGIR && reg < GICD_SGIS_END))
		write_bytes(vcpu, reg, size, (uint32_t)value);
	/* The triggers of PPIs are fixed, as on a GIC-400: some GICs have one for all CPUs. */
	if (reg >= GIC_ICFGR && reg < GIC_IGRPMODR && size == 4 &&
		vgic_is_spi_bank(vm, (reg & 0xff) >> 3))
		vgic_trigger_write(vcpu, vcpu, (reg & 0xff) >> 2, (uint32_t)value);
	return MMIO_DONE;
}

enum mmio_result vgicd_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	(void)device;
	if (offset != GICD_SGIR || size != 4)
		return write_other(vcpu, offset, size, value);
	vgic_sgir_write(vcpu, (uint32_t)value);
	return MMIO_DONE;
}
