/* SPDX-License-Identifier: Apache-2.0 */
/* Sends SGIs of a VM in virtual mode. */
#include "vgicv3/sgi.h"

#include "speed.h"
#include "vgic/bank.h"
#include "vgic/vgic.h"
#include "vgicv3/virtual.h"

/* Makes the SGI pending at `to`, and has it looked at. `group1`: the register written forwards SGIs
 * that the target has in Group 1, or else in Group 0 (IHI 0069, SGI forwarding, with DS = 1). */
static inline void send(struct vcpu *self, const struct vcpu_config *to, uint32_t sgi, bool group1)
{
	struct vcpu *target = to->state;
	struct vgic_bank *bank = &target->arch.vgic.bank;

	if ((vgic_load(bank->group) >> sgi & 1) != group1)
		return;
	vgic_pending_set(bank, 1u << sgi);
	if (target != self)
		vcpu_request(to, REQUEST_VGIC);
	else
		vgic_update(self);
}

static inline void send_group0(struct vcpu *self, const struct vcpu_config *to, uint32_t sgi)
{
	send(self, to, sgi, false);
}

static inline void send_group1(struct vcpu *self, const struct vcpu_config *to, uint32_t sgi)
{
	send(self, to, sgi, true);
}

COLD("SGI to itself")
static void send_many(struct vcpu *self, uint64_t value, bool group1)
{
	sgi_for_each_target(self, value, group1 ? send_group1 : send_group0);
}

HOT("SGI to itself")
void vgic_send_sgi(struct vcpu *vcpu, enum sgi_register which, uint64_t value)
{
	const struct vm_config *vm = vcpu->vm;
	bool group1 = which == ICC_SGI1R;
	uint32_t affinity = SGIR_AFFINITY(value);
	uint32_t list = value & 0xffff;
	uint32_t guess;

	/* Usually there is one target, and vCPU n has Aff0 = n and all other fields 0. */
	if (!(value & SGIR_IRM) && list && !(list & (list - 1))) {
		guess = vgic_lowest(list);
		if (!affinity && guess < vm->vcpu_count &&
			gic_affinity(vm->vcpus[guess].arch.vmpidr) == guess) {
			send(vcpu, &vm->vcpus[guess], SGIR_INTID(value), group1);
			return;
		}
	}
	send_many(vcpu, value, group1);
}
