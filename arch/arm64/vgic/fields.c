/* SPDX-License-Identifier: Apache-2.0 */
/* Priorities and triggers of the virtual GIC's interrupts. */
#include "vgic/fields.h"

#include "vgic/bank.h"
#include "vgic/physical_filter.h"
#include "vgic/requests.h"

/* ---------------------------------------------------------------- priorities */

uint64_t vgic_priority_read(struct vcpu *target, uint32_t first, unsigned size)
{
	const struct vgic_bank *bank = vgic_bank(target, first >> 5);
	uint64_t value = 0;

	for (unsigned k = 0; k < size; k++)
		value |= (uint64_t)vgic_load(bank->priority[(first + k) & 31]) << 8 * k;
	return value;
}

void vgic_priority_write(
	struct vcpu *self, struct vcpu *target, uint32_t first, unsigned size, uint32_t value)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	uint32_t b = first >> 5;
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t owned = vgic_owned(self->vm, b);
	uint32_t changed = 0;

	lock_acquire(&vgic->lock);
	for (unsigned k = 0; k < size; k++) {
		uint32_t i = (first + k) & 31;
		uint8_t priority = (uint8_t)(value >> 8 * k & 0xf8);

		if (owned >> i & 1 && vgic_load(bank->priority[i]) != priority) {
			vgic_store(bank->priority[i], priority);
			changed |= 1u << i;
		}
	}
	if (changed)
		vgic_reconsider(self, target, b, changed);
	vgic_serve_marked(self);
	lock_release(&vgic->lock);
}

/* ---------------------------------------------------------------- triggers */

uint32_t vgic_trigger_read(struct vcpu *target, uint32_t n)
{
	return icfgr_spread(vgic_load(vgic_bank(target, n / 2)->edge) >> 16 * (n % 2) & 0xffff);
}

void vgic_trigger_write(struct vcpu *self, struct vcpu *target, uint32_t n, uint32_t value)
{
	uint32_t b = n / 2, shift = 16 * (n % 2);
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t hardware = vgic_hardware(self->vm, b);
	uint32_t bits = vgic_owned(self->vm, b) & 0xffffu << shift & ~(b ? 0 : VGIC_SGIS);
	uint32_t edge = icfgr_gather(value) << shift & bits;
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
