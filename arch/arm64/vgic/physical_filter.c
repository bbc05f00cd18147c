/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All accesses to the physical distributor and redistributors that a guest can cause. What it does not own, by the
 * masks of its vgic_config, keeps every bit. With the VM's lock held.
 */
#include "hw/mmio_raw.h"
#include "sections.h"
#include "vgic/vgic_internal.h"

/* GICD_ICFGR is read and written back, and one register may be several VMs'. */
static struct lock trigger_lock SHARED;

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
	/* The GIC needs some cycles; the bound is far more than any takes. */
	for (uint32_t i = 0; i < 100000; i++)
		if (!(raw_read32(system_config.arch.gicd + GICD_CTLR) & GICD_CTLR_RWP) &&
			!(raw_read32(target->config->arch.gicr + GICR_CTLR) & GICR_CTLR_RWP))
			break;
}

/* Bit i of 16 to bit 2i + 1: the one of a GIC_ICFGR field that means something. */
static uint32_t spread(uint32_t bits)
{
	bits = (bits | bits << 8) & 0x00ff00ff;
	bits = (bits | bits << 4) & 0x0f0f0f0f;
	bits = (bits | bits << 2) & 0x33333333;
	bits = (bits | bits << 1) & 0x55555555;
	return bits << 1;
}

static uint32_t gather(uint32_t fields)
{
	fields = fields >> 1 & 0x55555555;
	fields = (fields | fields >> 1) & 0x33333333;
	fields = (fields | fields >> 2) & 0x0f0f0f0f;
	fields = (fields | fields >> 4) & 0x00ff00ff;
	return (fields | fields >> 8) & 0xffff;
}

uint32_t vgic_physical_trigger(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t edge)
{
	uint32_t result = 0;

	bits &= vgic_hardware(target->vm, b);
	for (uint32_t half = 0; half < 2; half++) {
		uint64_t reg = frame(target, b) + GIC_ICFGR + 8 * b + 4 * half;
		uint32_t mask = spread(bits >> 16 * half & 0xffff);

		if (!mask)
			continue;
		lock_acquire(&trigger_lock);
		raw_write32(reg, (raw_read32(reg) & ~mask) | (spread(edge >> 16 * half & 0xffff) & mask));
		/* Fields that the hardware fixes stay as they are. */
		result |= gather(raw_read32(reg) & mask) << 16 * half;
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

uint32_t vgic_trigger_read(struct vcpu *target, uint32_t n)
{
	return spread(vgic_load(vgic_bank(target, n / 2)->edge) >> 16 * (n % 2) & 0xffff);
}

void vgic_trigger_write(struct vcpu *self, struct vcpu *target, uint32_t n, uint32_t value)
{
	uint32_t b = n / 2, shift = 16 * (n % 2);
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t hardware = vgic_hardware(self->vm, b);
	uint32_t bits = vgic_owned(self->vm, b) & 0xffffu << shift & ~(b ? 0 : VGIC_SGIS);
	uint32_t edge = gather(value) << shift & bits;
	uint32_t old;

	if (!bits)
		return;
	lock_acquire(&vgic_vm(self->vm)->lock);
	old = vgic_load(bank->edge);
	edge = (edge & ~hardware) | vgic_physical_trigger(target, b, bits, edge);
	if ((old & bits) != edge) {
		vgic_store(bank->edge, (old & ~bits) | edge);
		vgic_reconsider(self, target, b, (old & bits) ^ edge);
		vgic_serve_marked(self);
	}
	lock_release(&vgic_vm(self->vm)->lock);
}
