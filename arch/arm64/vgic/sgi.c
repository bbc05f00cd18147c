/* SPDX-License-Identifier: Apache-2.0 */
/* Which vCPUs an affinity, or a write of an SGI generation register, means. */
#include "vgic/sgi.h"

#include "vgic/bank.h"
#include "vgic/vgic.h"

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

/* `group1`: the SGI is forwarded if the target has it in that group (IHI 0069, SGI forwarding, with DS = 1). */
static inline void send(struct vcpu *self, const struct vcpu_config *to, uint32_t sgi, bool group1)
{
	struct vcpu *target = to->state;
	struct vgic_bank *bank = &target->arch.vgic.bank;

	if ((vgic_load(bank->group) >> sgi & 1) != group1)
		return;
	vgic_pending_set(bank, 1u << sgi);
	if (target != self)
		vcpu_ask(to, WORK_VGIC);
	else
		vgic_update(self);
}

static __attribute__((noinline)) void send_many(struct vcpu *self, uint64_t value, uint32_t affinity, bool group1)
{
	const struct vm_config *vm = self->vm;

	if (value & SGIR_IRM) {
		for (uint32_t i = 0; i < vm->vcpu_count; i++)
			if (i != self->config->index)
				send(self, &vm->vcpus[i], SGIR_INTID(value), group1);
		return;
	}
	for (uint32_t left = value & 0xffff; left; left &= left - 1) {
		const struct vcpu_config *to = vgic_find_vcpu(vm, affinity + vgic_lowest(left));

		if (to)
			send(self, to, SGIR_INTID(value), group1);
	}
}

void vgic_send_sgi(struct vcpu *vcpu, enum sgi_register which, uint64_t value)
{
	const struct vm_config *vm = vcpu->vm;
	bool group1 = which == ICC_SGI1R;
	uint32_t affinity = SGIR_AFFINITY(value);
	uint32_t list = value & 0xffff;
	uint32_t guess;

	/* The usual case: one target, by the usual numbering. */
	if (!(value & SGIR_IRM) && list && !(list & (list - 1))) {
		guess = vgic_lowest(list);
		if (!affinity && guess < vm->vcpu_count && vgic_affinity(vm->vcpus[guess].arch.vmpidr) == guess) {
			send(vcpu, &vm->vcpus[guess], SGIR_INTID(value), group1);
			return;
		}
	}
	send_many(vcpu, value, affinity, group1);
}
