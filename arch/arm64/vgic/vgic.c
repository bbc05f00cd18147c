/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GIC as a VM's interrupt mode, and what its CPU interface leaves to EL2. */
#include "vgic/vgic.h"

#include "arch.h"
#include "gic/ich.h"
#include "hw/sysreg.h"
#include "vgic/bank.h"
#include "vgic/requests.h"

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

bool vgic_cpu_is_quiet(const struct vcpu *vcpu)
{
	const struct vgic_cpu *cpu = &vcpu->arch.vgic;

	for (uint32_t left = cpu->lrs & ~ich_elrsr(); left; left &= left - 1)
		if (ich_lr(vgic_lowest(left)) & LR_PENDING)
			return false;
	return !(vgic_load(cpu->queued) | (vgic_load(cpu->bank.pending) & cpu->fast_software));
}

/* ---------------------------------------------------------------- as a VM's interrupt mode */

/* WFI in EL2 waits for physical interrupts. A virtual one may be in a list register already. */
static void cpu_wait(struct vcpu *vcpu)
{
	if (vgic_cpu_is_quiet(vcpu))
		cpu_wait_interrupt();
}

/* The guest reads the virtual CPU interface of the hardware, so no read is left for EL2. */
static bool read_register(struct vcpu *vcpu, uint32_t reg, uint64_t *value)
{
	(void)vcpu;
	(void)reg;
	(void)value;
	return false;
}

static bool write_register(struct vcpu *vcpu, uint32_t reg, uint64_t value)
{
	if (reg != SYSREG_ICC_DIR)
		return false;
	vgic_deactivate(vcpu, value & 0xffffff);
	return true;
}

const struct interrupt_mode interrupts_virtual = {
	.hcr = HCR_IMO | HCR_FMO,
	.vm_reset = vgic_vm_reset,
	.cpu_on = vgic_cpu_on,
	.cpu_off = vgic_cpu_off,
	.cpu_wait = cpu_wait,
	.set_line = vgic_set_line,
	.send_sgi = vgic_send_sgi,
	.read_register = read_register,
	.write_register = write_register,
};
