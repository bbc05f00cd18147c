/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a GIC with direct interrupts. EL2 answers reads of pending and active states from
 * the hardware, and all others from the banks, as with the virtual GIC. Writes go to both.
 */
#include "direct/direct.h"
#include "gic/gic.h"
#include "gicv3/gicv3_regs.h"
#include "hw/mmio_raw.h"
#include "icc.h"
#include "speed.h"
#include "vgic/bank.h"
#include "vgic/fields.h"
#include "vgic/frames.h"
#include "vgic/physical_filter.h"
#include "vgicv3/redistributors.h"

/* GIC_ISPENDR, GIC_ICPENDR, GIC_ISACTIVER or GIC_ICACTIVER */
static bool is_state(uint32_t reg)
{
	return reg >= GIC_ISPENDR && reg < GIC_IPRIORITYR;
}

static bool is_enable(uint32_t reg)
{
	return reg >= GIC_ISENABLER && reg < GIC_ISPENDR;
}

/* ---------------------------------------------------------------- what the hardware gets */

uint32_t direct_private_enables(struct vcpu *target)
{
	return target->arch.direct.on ? vgic_forwarded(target->vm, &target->arch.vgic.bank) : 0;
}

static void enable_private(struct vcpu *target)
{
	vgic_physical_enable(target, 0, UINT32_MAX, direct_private_enables(target));
}

void direct_write_priorities(struct vcpu *target, uint32_t b, uint32_t bits)
{
	const struct vgic_bank *bank = vgic_bank(target, b);
	uint64_t frame = b ? system_config.arch.gicd : target->config->arch.gicr + GICR_FRAME;

	for (bits &= vgic_hardware(target->vm, b); bits; bits &= bits - 1) {
		uint32_t i = vgic_lowest(bits);
		uint8_t priority = vgic_load(bank->priority[i]);

		raw_write8(frame + GIC_IPRIORITYR + 32 * b + i,
			priority > GIC_GUEST_PRIORITY ? priority : GIC_GUEST_PRIORITY);
	}
}

/* Sets the level-sensitive interrupts of emulated devices in `bits` pending whose line is high.
 * What the guest clears or enables must not lose them. The VM's lock is held. */
static void raise_again(struct vcpu *target, uint32_t b, uint32_t bits)
{
	const struct vgic_bank *bank = vgic_bank(target, b);

	bits &= bank->latched & ~vgic_load(bank->edge);
	if (bits)
		vgic_physical_write(target, b, GIC_ISPENDR, bits);
}

HOT("GICR_ICENABLER0 write")
static void write_enable(struct vcpu *target, uint32_t b, uint32_t reg, uint32_t bits)
{
	struct vgic_vm *vgic = vgic_vm(target->vm);
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t forwarded;

	lock_acquire(&vgic->lock);
	if (reg == GIC_ISENABLER) {
		vgic_store(bank->enabled, vgic_load(bank->enabled) | bits);
		forwarded = b ? vgic_forwarded(target->vm, bank) : direct_private_enables(target);
		raise_again(target, b, bits);
		vgic_physical_write(target, b, GIC_ISENABLER, bits & forwarded);
	} else {
		vgic_store(bank->enabled, vgic_load(bank->enabled) & ~bits);
		vgic_physical_write(target, b, GIC_ICENABLER, bits);
	}
	lock_release(&vgic->lock);
}

static void write_state(struct vcpu *target, uint32_t b, uint32_t reg, uint32_t bits)
{
	struct vgic_vm *vgic = vgic_vm(target->vm);

	lock_acquire(&vgic->lock);
	vgic_physical_write(target, b, reg, bits);
	if (reg == GIC_ICPENDR)
		raise_again(target, b, bits);
	lock_release(&vgic->lock);
}

static void write_priorities(
	struct vcpu *self, struct vcpu *target, uint32_t first, unsigned size, uint32_t value)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);

	if (first <= GIC_KICK && first + size > GIC_KICK)
		value &= ~(0xffu << 8 * (GIC_KICK - first)); /* SGI 15 is EL2's: RAZ/WI */
	vgic_priority_write(self, target, first, size, value);
	lock_acquire(&vgic->lock);
	if (first < 32 && !target->arch.direct.on)
		/* Not yet: a pCPU that comes up overwrites them. direct_cpu_on() writes them. */
		target->arch.direct.stale = true;
	else
		direct_write_priorities(target, first >> 5, ((1u << size) - 1) << (first & 31));
	lock_release(&vgic->lock);
}

static void write_ctlr(struct vcpu *self, uint32_t value)
{
	const struct vm_config *vm = self->vm;
	struct vgic_vm *vgic = vgic_vm(vm);

	lock_acquire(&vgic->lock);
	/* EnableGrp0 stays 0, so nothing is delivered that the guest puts into Group 0. */
	vgic_store(vgic->ctlr, value & GICD_CTLR_GRP1);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		enable_private(vm->vcpus[i].state);
	for (uint32_t b = 1; b < vm->arch.vgic.banks; b++)
		vgic_physical_enable(self, b, UINT32_MAX, vgic_forwarded(vm, vgic_bank(self, b)));
	lock_release(&vgic->lock);
}

/* ---------------------------------------------------------------- the frames */

NOINLINE("GICD_ISENABLER read")
static enum mmio_result read_hardware(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	uint32_t reg = (uint32_t)offset, b = reg >> 2 & 31;

	if (reg == GICD_CTLR && size == 4)
		*value = vgic_load(vgic_vm(vcpu->vm)->ctlr) | GICD_CTLR_ARE | GICD_CTLR_DS |
		         (raw_read32(system_config.arch.gicd + GICD_CTLR) & GICD_CTLR_RWP);
	else if (is_state(reg))
		*value = size == 4 && vgic_is_spi_bank(vcpu->vm, b)
		                 ? vgic_physical_read(vcpu, b, reg & ~0x7fu)
		                 : 0;
	else
		return vgicd_read(vcpu, device, offset, size, value);
	return MMIO_DONE;
}

enum mmio_result directd_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	/* GICD_CTLR, and all from the pending and active states on */
	if (offset - 1 >= GIC_ISPENDR - 1)
		return read_hardware(vcpu, device, offset, size, value);
	return vgicd_read(vcpu, device, offset, size, value);
}

COLD("GICD_ICENABLER write")
static enum mmio_result write_other(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	uint32_t reg = (uint32_t)offset, b = reg >> 2 & 31;

	if (reg >= GIC_IPRIORITYR && reg < GIC_ITARGETSR) {
		if ((size == 1 || size == 4) && vgic_is_spi_bank(vcpu->vm, (reg & 0x3ff) >> 5))
			write_priorities(vcpu, vcpu, reg & 0x3ff, size, (uint32_t)value);
		return MMIO_DONE;
	}
	if (size == 4 && reg == GICD_CTLR) {
		write_ctlr(vcpu, (uint32_t)value);
		return MMIO_DONE;
	}
	if (size == 4 && is_state(reg) && vgic_is_spi_bank(vcpu->vm, b)) {
		write_state(vcpu, b, reg & ~0x7fu, (uint32_t)value & vgic_hardware(vcpu->vm, b));
		return MMIO_DONE;
	}
	if (size == 4 && is_enable(reg) && vgic_is_spi_bank(vcpu->vm, b)) {
		write_enable(vcpu, b, reg & ~0x7fu, (uint32_t)value & vgic_hardware(vcpu->vm, b));
		return MMIO_DONE;
	}
	return vgicd_write(vcpu, device, offset, size, value);
}

enum mmio_result directd_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	const struct vgic_config *config = &vcpu->vm->arch.vgic;
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);
	uint64_t b = offset >> 2 & 31;
	uint32_t bits;

	if (offset - GIC_ICENABLER >= GIC_ISPENDR - GIC_ICENABLER || size != 4 ||
		b - 1 >= config->banks - 1)
		return write_other(vcpu, device, offset, size, value);
	/* GIC_ICENABLER of SPIs, the frequent write. */
	bits = (uint32_t)value & config->hardware[b];
	lock_acquire(&vgic->lock);
	vgic_store(config->spis[b - 1].enabled, vgic_load(config->spis[b - 1].enabled) & ~bits);
	raw_write32(system_config.arch.gicd + offset, bits);
	lock_release(&vgic->lock);
	return MMIO_DONE;
}

HOT("GICR_ISENABLER0 read")
enum mmio_result directr_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	struct vcpu *target = vcpu->vm->vcpus[offset / GICR_SIZE].state;
	uint32_t reg = offset & (GICR_FRAME - 1);

	if (!(offset & GICR_FRAME) && reg == GICR_CTLR && size == 4) {
		*value = raw_read32(target->config->arch.gicr + GICR_CTLR) & GICR_CTLR_RWP;
		return MMIO_DONE;
	}
	if (offset & GICR_FRAME && is_state(reg) && !(reg & 0x7f) && size == 4) {
		*value = vgic_physical_read(target, 0, reg);
		return MMIO_DONE;
	}
	return vgicr_read(vcpu, device, offset, size, value);
}

enum mmio_result directr_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	struct vcpu *target = vcpu->vm->vcpus[offset / GICR_SIZE].state;
	uint32_t reg = offset & (GICR_FRAME - 1);
	uint32_t bits = (uint32_t)value & vgic_hardware(vcpu->vm, 0);

	if (!(offset & GICR_FRAME))
		return vgicr_write(vcpu, device, offset, size, value);
	if (reg >= GIC_IPRIORITYR && reg < GIC_IPRIORITYR + 32) {
		if (size == 1 || size == 4)
			write_priorities(vcpu, target, reg & 31, size, (uint32_t)value);
		return MMIO_DONE;
	}
	if (size == 4 && !(reg & 0x7f) && is_enable(reg)) {
		write_enable(target, 0, reg, bits);
		return MMIO_DONE;
	}
	if (size == 4 && !(reg & 0x7f) && is_state(reg)) {
		write_state(target, 0, reg, bits);
		return MMIO_DONE;
	}
	vgicr_write(vcpu, device, offset, size, reg == GIC_IGROUPR ? bits : value);
	if (reg == GIC_IGROUPR) {
		struct vgic_vm *vgic = vgic_vm(vcpu->vm);

		lock_acquire(&vgic->lock);
		enable_private(target);
		lock_release(&vgic->lock);
	}
	return MMIO_DONE;
}
