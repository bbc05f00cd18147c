/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the states of interrupts when they leave the list registers of this pCPU. */
#include "vgic/list_registers.h"

#include "ich.h"
#include "sgi_latch.h"
#include "vgic/physical_filter.h"
#include "vgic/requests.h"

/* The list registers that are in use, a bit for each. */
static uint32_t live(const struct vgic_cpu *cpu)
{
	return cpu->lrs & ~ich_elrsr();
}

int vgic_list_find(const struct vgic_cpu *cpu, uint32_t intid)
{
	for (uint32_t left = live(cpu); left; left &= left - 1)
		if (LR_INTID(ich_lr(vgic_lowest(left))) == intid)
			return (int)vgic_lowest(left);
	return -1;
}

void vgic_list_state(const struct vgic_cpu *cpu, uint32_t b, uint32_t *pending, uint32_t *active)
{
	*pending = 0;
	*active = 0;
	for (uint32_t left = live(cpu); left; left &= left - 1) {
		lr_t lr = ich_lr(vgic_lowest(left));
		uint32_t bit = 1u << (LR_INTID(lr) & 31);

		if (LR_INTID(lr) >> 5 != b)
			continue;
		if (lr & LR_PENDING)
			*pending |= bit;
		if (lr & LR_ACTIVE)
			*active |= bit;
	}
}

/* Deactivates the physical interrupt, unless the guest has set its active state by ISACTIVER. */
static void end_physical(const struct vgic_bank *bank, uint32_t b, uint32_t i)
{
	if (!(bank->active >> i & 1))
		icc_deactivate(32 * b + i);
}

/* Gives an acknowledged hardware interrupt, which this vCPU is not to deliver, back to the
 * hardware. `forget`: with its pending state cleared. */
static void give_back(struct vcpu *self, uint32_t b, uint32_t i, bool forget)
{
	struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t bit = 1u << i;
	uint32_t edge = vgic_load(bank->edge);

	if (!forget && ((edge | bank->latched) & bit)) {
		if (!(edge & bit))
			vgic_pending_set(bank, bit);
		vgic_physical_write(self, b, GIC_ISPENDR, bit);
	}
	bank->line &= ~bit;
	bank->latched &= ~bit;
	end_physical(bank, b, i);
}

void vgic_list_take_out(struct vcpu *self, uint32_t n, lr_t lr)
{
	struct vgic_bank *bank = vgic_bank(self, LR_INTID(lr) >> 5);
	uint32_t bit = 1u << (LR_INTID(lr) & 31);
	bool sgi = sgi_restore(&self->arch.vgic, lr);

	ich_set_lr(n, lr & LR_ACTIVE ? lr & ~LR_PENDING : 0);
	if (lr & LR_HW) {
		bank->line |= bit; /* waits; do_wanted() clears it if ICPENDR was written */
		return;
	}
	/* If it was level-sensitive when it went in (LR_EOI), its line made it pending, which the
	 * bank has in `line`, or a latch, which it has in `latched`. */
	if (!(bank->want_not_pending & bit) && (sgi || !(lr & LR_EOI) || (bank->latched & bit)))
		vgic_pending_set(bank, bit);
	bank->latched &= ~bit;
}

/* The guest has ended interrupt `i`, which was evicted. */
static void forget_evicted(struct vcpu *self, uint32_t b, uint32_t i)
{
	struct vgic_bank *bank = vgic_bank(self, b);

	bank->active &= ~(1u << i);
	bank->evicted &= ~(1u << i);
	self->arch.vgic.evicted--;
	if (vgic_hardware(self->vm, b) >> i & 1)
		icc_deactivate(32 * b + i);
}

/* Does what was asked of the holder of interrupt `i`, which is pending in no list register. */
static void do_wanted(struct vcpu *self, uint32_t b, uint32_t i)
{
	struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t bit = 1u << i;
	uint32_t hardware = vgic_hardware(self->vm, b);
	int n = vgic_list_find(&self->arch.vgic, 32 * b + i);

	/* The write of ICPENDR cleared the hardware's pending state at once, and an edge since then
	 * counts. So only what EL2 had acknowledged before is dropped. */
	if (bank->want_not_pending & bank->line & hardware & bit)
		give_back(self, b, i, true);
	if (bank->want_pending & bit) {
		if (bank->line & bit) {
			bank->latched |= bit;
		} else {
			if (!(vgic_load(bank->edge) & bit))
				vgic_pending_set(bank, bit);
			vgic_physical_write(self, b, GIC_ISPENDR, bit);
		}
	}
	if (bank->want_inactive & bit) {
		if (n >= 0) {
			ich_set_lr((unsigned)n, 0);
			if (hardware & bit)
				icc_deactivate(32 * b + i);
		} else if (bank->evicted & bit) {
			forget_evicted(self, b, i);
		} else if (bank->active & bit) {
			bank->active &= ~bit;
			vgic_physical_write(self, b, GIC_ICACTIVER, bit);
		}
	}
	if ((bank->want_active & bit) && n < 0 && !(bank->active & bit)) {
		bank->active |= bit;
		vgic_physical_write(self, b, GIC_ISACTIVER, bit);
		if (bank->line & hardware & bit)
			give_back(self, b, i, false);
	}
	bank->want_not_pending &= ~bit;
	bank->want_pending &= ~bit;
	bank->want_inactive &= ~bit;
	bank->want_active &= ~bit;
}

/* This vCPU no longer holds interrupt `i`. If it is pending, the vCPU it is routed to gets it. */
static void release(struct vcpu *self, uint32_t b, uint32_t i)
{
	struct vgic_bank *bank = vgic_bank(self, b);

	if (vgic_wanted(bank) >> i & 1)
		do_wanted(self, b, i);
	if (b == 0) {
		vgic_queue(self, self, 0);
		return;
	}
	bank->held &= ~(1u << i);
	vgic_reconsider(self, self, b, 1u << i);
}

void vgic_list_evict(struct vcpu *self, uint32_t n)
{
	lr_t lr = ich_lr(n);
	uint32_t b = LR_INTID(lr) >> 5;
	struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t bit = 1u << (LR_INTID(lr) & 31);

	if (lr & LR_PENDING)
		vgic_list_take_out(self, n, lr);
	ich_set_lr(n, 0);
	bank->active |= bit;
	if (ich_ends_are_named()) {
		release(self, b, LR_INTID(lr) & 31);
	} else {
		bank->evicted |= bit;
		self->arch.vgic.evicted++;
	}
}

/* The guest has ended an interrupt that is in no list register. With EOImode = 0 that is the most
 * urgent of those that were evicted, as it had preempted the others. */
static void end_most_urgent(struct vcpu *self)
{
	uint32_t best = UINT32_MAX;
	uint32_t intid = 0;

	for (uint32_t b = 0; b < self->vm->arch.vgic.banks; b++) {
		struct vgic_bank *bank = vgic_bank(self, b);

		for (uint32_t left = bank->evicted & vgic_holds(self, bank, b); left;
			left &= left - 1) {
			uint32_t i = vgic_lowest(left);

			if (vgic_load(bank->priority[i]) < best) {
				best = vgic_load(bank->priority[i]);
				intid = 32 * b + i;
			}
		}
	}
	forget_evicted(self, intid >> 5, intid & 31);
	release(self, intid >> 5, intid & 31);
}

void vgic_list_settle(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	for (uint32_t left = ich_eisr() & cpu->lrs; left; left &= left - 1) {
		uint32_t n = vgic_lowest(left);
		uint32_t intid = LR_INTID(ich_lr(n));

		ich_set_lr(n, 0);
		release(self, intid >> 5, intid & 31);
	}
	if (cpu->evicted) {
		uint32_t ended = ICH_HCR_EOICOUNT(ich_hcr());

		if (ended)
			ich_set_hcr(cpu->hcr); /* clears EOIcount */
		if (!ich_ends_are_named())
			for (; ended && cpu->evicted; ended--)
				end_most_urgent(self);
	}
}

/* True if a hardware interrupt that EL2 has acknowledged is over, because its line has fallen. */
static bool has_fallen(struct vcpu *self, uint32_t b, uint32_t i)
{
	const struct vgic_bank *bank = vgic_bank(self, b);

	return !((vgic_load(bank->edge) | bank->latched |
			 vgic_physical_read(self, b, GIC_ISPENDR)) >>
			 i &
		 1);
}

void vgic_list_sync(struct vcpu *self, uint32_t b)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t hardware = vgic_hardware(self->vm, b);
	uint32_t mine = vgic_holds(self, bank, b);
	uint32_t listed = 0;

	for (uint32_t left = live(cpu); left; left &= left - 1) {
		uint32_t n = vgic_lowest(left);
		lr_t lr = ich_lr(n);
		uint32_t i = LR_INTID(lr) & 31;

		if (LR_INTID(lr) >> 5 != b)
			continue;
		if (lr & LR_PENDING)
			vgic_list_take_out(self, n, lr);
		/* This active interrupt may become pending for another vCPU, which must not get it
		 * before EL2 knows of its end here. */
		if ((lr & LR_ACTIVE) && !(lr & LR_HW) &&
			((~vgic_load(bank->edge) | vgic_load(bank->pending)) >> i & 1))
			ich_set_lr(n, (lr & ~LR_PENDING) | LR_EOI);
	}
	for (uint32_t left = vgic_wanted(bank) & mine; left; left &= left - 1)
		do_wanted(self, b, vgic_lowest(left));
	for (uint32_t left = bank->line & hardware & mine; left; left &= left - 1) {
		uint32_t i = vgic_lowest(left);

		if (!vgic_list_is_for(self, b, i) || has_fallen(self, b, i))
			give_back(self, b, i, false);
		else if (!cpu->lrs)
			vgic_queue(self, self, b); /* it waits until this vCPU is on again */
	}
	if (b == 0)
		return;
	for (uint32_t left = live(cpu); left; left &= left - 1) {
		uint32_t intid = LR_INTID(ich_lr(vgic_lowest(left)));

		if (intid >> 5 == b)
			listed |= 1u << (intid & 31);
	}
	/* Released is what `self` holds, but has neither in a list register nor on its way. */
	listed |= (bank->line & hardware) | bank->evicted;
	for (uint32_t left = mine & ~listed; left; left &= left - 1)
		release(self, b, vgic_lowest(left));
}

void vgic_list_drop(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	vgic_list_settle(self);
	for (uint32_t left = live(cpu); left; left &= left - 1) {
		uint32_t n = vgic_lowest(left);
		lr_t lr = ich_lr(n);
		uint32_t b = LR_INTID(lr) >> 5;

		if (lr & LR_PENDING)
			vgic_list_take_out(self, n, lr);
		if (lr & LR_ACTIVE)
			vgic_bank(self, b)->active |= 1u << (LR_INTID(lr) & 31);
		ich_set_lr(n, 0);
	}
	for (uint32_t b = 0; cpu->evicted && b < self->vm->arch.vgic.banks; b++) {
		struct vgic_bank *bank = vgic_bank(self, b);

		uint32_t mine = bank->evicted & vgic_holds(self, bank, b);

		bank->evicted &= ~mine;
		for (; mine; mine &= mine - 1)
			cpu->evicted--;
	}
}
