/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GICv3 as a VM's interrupt mode, and what its CPU interface leaves to EL2. */
#include "vgicv3/virtual.h"

#include "arch.h"
#include "hw/sysreg.h"
#include "ich.h"
#include "vgic/bank.h"
#include "vgic/requests.h"
#include "vgic/vgic.h"

void vgic_deactivate(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);
	uint32_t b = intid >> 5;

	if (!(ich_vmcr() & ICH_VMCR_VEOIM) || b >= vcpu->vm->arch.vgic.banks)
		return;
	/* No retry as in write_active(): an interrupt that another pCPU has just acknowledged is
	 * not active for the guest. */
	lock_acquire(&vgic->lock);
	vgic_bank_deactivate(vcpu, vcpu, b, 1u << (intid & 31) & vgic_owned(vcpu->vm, b));
	vgic_serve_marked(vcpu);
	lock_release(&vgic->lock);
}

static bool write_register(struct vcpu *vcpu, uint32_t reg, uint64_t value)
{
	if (reg != SYSREG_ICC_DIR)
		return false;
	vgic_deactivate(vcpu, value & 0xffffff);
	return true;
}

const struct interrupt_mode interrupts_virtual = {
	VGIC_MODE,
	.send_sgi = vgic_send_sgi,
	.write_register = write_register,
};
