/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic/control.h"

#include "vgic/bank.h"
#include "vgic/physical_filter.h"
#include "vgic/requests.h"

void vgic_control_write(struct vcpu *self, uint32_t value)
{
	const struct vm_config *vm = self->vm;
	struct vgic_vm *vgic = vgic_vm(vm);
	uint32_t old;

	lock_acquire(&vgic->lock);
	old = vgic_load(vgic->ctlr);
	value &= GICD_CTLR_GRP0 | GICD_CTLR_GRP1;
	if (old != value) {
		/* Enabling a group moves nothing out of list registers: no case for RWP. */
		void (*tell)(struct vcpu *, struct vcpu *, uint32_t, uint32_t) =
			old & ~value ? vgic_reconsider : vgic_offer;

		vgic_store(vgic->ctlr, value);
		for (uint32_t i = 0; i < vm->vcpu_count; i++)
			tell(self, vm->vcpus[i].state, 0, UINT32_MAX);
		for (uint32_t b = 1; b < vm->arch.vgic.banks; b++) {
			vgic_physical_enable(
				self, b, UINT32_MAX, vgic_forwarded(vm, vgic_bank(self, b)));
			tell(self, self, b, UINT32_MAX);
		}
	}
	vgic_serve_marked(self);
	lock_release(&vgic->lock);
}
