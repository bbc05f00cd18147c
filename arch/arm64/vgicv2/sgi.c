/* SPDX-License-Identifier: Apache-2.0 */
/* SGIs that vCPUs send each other, kept apart by sender. */
#include "vgicv2/sgi.h"

#include "gicv2/gicv2_regs.h"
#include "ich.h"
#include "sgi_latch.h"
#include "vgic/list_registers.h"
#include "vgic/requests.h"
#include "vgic/vgic.h"

static inline void add_senders(struct vcpu *target, uint32_t sgi, uint32_t senders)
{
	/* release pairs with the acquire of sgi_take(), as that of vgic_pending_set() does */
	atomic_fetch_or_explicit(
		&target->arch.vgic.own.senders[sgi], (uint8_t)senders, memory_order_release);
	vgic_pending_set(&target->arch.vgic.bank, 1u << sgi);
}

static inline void send(struct vcpu *self, const struct vcpu_config *to, uint32_t sgi)
{
	add_senders(to->state, sgi, 1u << self->config->index);
	if (to->state != self)
		vcpu_request(to, REQUEST_VGIC);
	else
		vgic_update(self);
}

static uint32_t all(const struct vcpu *self)
{
	return (1u << self->vm->vcpu_count) - 1;
}

static __attribute__((noinline)) void send_many(struct vcpu *self, uint32_t value)
{
	uint32_t own = 1u << self->config->index;
	uint32_t targets = 0;

	switch (GICD_SGIR_FILTER(value)) {
	case 0:
		targets = GICD_SGIR_TARGETS(value) & all(self);
		break;
	case GICD_SGIR_OTHERS:
		targets = all(self) & ~own;
		break;
	case GICD_SGIR_SELF:
		targets = own;
		break;
	default:
		break; /* reserved */
	}
	for (; targets; targets &= targets - 1)
		send(self, &self->vm->vcpus[vgic_lowest(targets)], GICD_SGIR_INTID(value));
}

void vgic_sgir_write(struct vcpu *self, uint32_t value)
{
	const struct vm_config *vm = self->vm;
	uint32_t targets = GICD_SGIR_TARGETS(value);

	/* As usual: a list of one target. */
	if (GICD_SGIR_FILTER(value) == 0 && targets && !(targets & (targets - 1)) &&
		vgic_lowest(targets) < vm->vcpu_count)
		send(self, &vm->vcpus[vgic_lowest(targets)], GICD_SGIR_INTID(value));
	else
		send_many(self, value);
}

/* The senders of `sgi` in the list registers of `self`: of the one that has it pending, if any. */
static uint32_t listed(struct vcpu *self, uint32_t sgi)
{
	int n = vgic_list_find(&self->arch.vgic, sgi);
	lr_t lr = n < 0 ? 0 : ich_lr((unsigned)n);

	return lr & LR_PENDING ? 1u << LR_SOURCE(lr) : 0;
}

uint32_t vgic_senders_read(struct vcpu *self, uint32_t first, unsigned size)
{
	uint32_t value = 0;

	for (unsigned k = 0; k < size; k++)
		value |= (vgic_load(self->arch.vgic.own.senders[first + k]) |
				 listed(self, first + k))
		         << 8 * k;
	return value;
}

/* `sgi` is no longer pending of `senders`. With the VM's lock held. */
static void forget_senders(struct vcpu *self, uint32_t sgi, uint32_t senders)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	if (listed(self, sgi) & senders) {
		unsigned n = (unsigned)vgic_list_find(cpu, sgi);

		ich_set_lr(n, ich_lr(n) & ~LR_PENDING);
	}
	/* relaxed: nothing follows from an SGI that is not delivered */
	atomic_fetch_and_explicit(&cpu->own.senders[sgi], (uint8_t)~senders, memory_order_relaxed);
	latch_holds(cpu, 0, sgi); /* clears the latch if there is no other sender */
}

void vgic_senders_write(struct vcpu *self, uint32_t first, unsigned size, uint32_t value, bool set)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);

	lock_acquire(&vgic->lock);
	for (unsigned k = 0; k < size; k++) {
		uint32_t senders = value >> 8 * k & all(self);

		if (senders && set)
			add_senders(self, first + k, senders);
		else if (senders)
			forget_senders(self, first + k, senders);
	}
	/* What waits for the list register of one that is not pending any more can have it. */
	vgic_serve(self);
	lock_release(&vgic->lock);
}
