/* SPDX-License-Identifier: Apache-2.0 */
/* What both versions of the virtual GIC do as a VM's interrupt mode. */
#include "vgic/vgic.h"

#include "arch.h"
#include "ich.h"
#include "vgic/bank.h"

bool vgic_cpu_is_quiet(const struct vcpu *vcpu)
{
	const struct vgic_cpu *cpu = &vcpu->arch.vgic;

	for (uint32_t left = cpu->lrs & ~ich_elrsr(); left; left &= left - 1)
		if (ich_lr(vgic_lowest(left)) & LR_PENDING)
			return false;
	return !(vgic_load(cpu->queued) | (vgic_load(cpu->bank.pending) & cpu->fast_software));
}

bool vgic_read_register(struct vcpu *vcpu, uint32_t reg, uint64_t *value)
{
	(void)vcpu;
	(void)reg;
	(void)value;
	return false;
}

void vgic_cpu_wait(struct vcpu *vcpu)
{
	/* WFI in EL2 waits for physical interrupts. A virtual one may be in a list register. */
	if (vgic_cpu_is_quiet(vcpu))
		cpu_wait_interrupt();
}
