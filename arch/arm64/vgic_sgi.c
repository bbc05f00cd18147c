/* SPDX-License-Identifier: Apache-2.0 */
/* Which vCPUs an affinity, or a write of an SGI generation register, means. */
#include "vgic_internal.h"

const struct vcpu_config *vgic_find_vcpu(const struct vm_config *vm, uint32_t affinity)
{
	/* The usual numbering: 16 vCPUs in Aff0, then Aff1. */
	uint32_t guess = (affinity >> 8 & 0xff) * 16 + (affinity & 0xff);

	if (guess < vm->vcpu_count && vgic_affinity(vm->vcpus[guess].arch.vmpidr) == affinity)
		return &vm->vcpus[guess];
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		if (vgic_affinity(vm->vcpus[i].arch.vmpidr) == affinity)
			return &vm->vcpus[i];
	return NULL;
}

/* `group`: the SGI is forwarded if the target has it in this group (IHI 0069, SGI forwarding, with DS = 1). */
static void send(struct vcpu *self, const struct vcpu_config *to, uint32_t bit, uint32_t group)
{
	struct vcpu *target = to->state;
	struct vgic_bank *bank = &target->arch.vgic.bank;

	if ((vgic_load(bank->group) & bit) != (group & bit))
		return;
	vgic_pending_set(bank, bit);
	if (target != self)
		vcpu_ask(to, WORK_VGIC);
	else
		vgic_update(self);
}

void vgic_send_sgi(struct vcpu *vcpu, enum vgic_sgi kind, uint64_t value)
{
	const struct vm_config *vm = vcpu->vm;
	uint32_t bit = 1u << SGIR_INTID(value);
	uint32_t group = kind == VGIC_SGI1R ? UINT32_MAX : 0;
	uint32_t affinity;

	if (value & SGIR_IRM) {
		for (uint32_t i = 0; i < vm->vcpu_count; i++)
			if (i != vcpu->config->index)
				send(vcpu, &vm->vcpus[i], bit, group);
		return;
	}
	affinity = (uint32_t)(value >> 24 & 0xff000000) | (uint32_t)(value >> 16 & 0xff0000) |
	           (uint32_t)(value >> 8 & 0xff00) | SGIR_RS(value) * 16;
	for (uint32_t left = value & 0xffff; left; left &= left - 1) {
		const struct vcpu_config *to = vgic_find_vcpu(vm, affinity + vgic_lowest(left));

		if (to)
			send(vcpu, to, bit, group);
	}
}
