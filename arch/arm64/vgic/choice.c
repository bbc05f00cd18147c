/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic/choice.h"

#include "gic/affinity.h"
#include "gic/ich.h"
#include "sections.h"
#include "vgic/list_registers.h"

/* A pending list register, or an interrupt that might become one: the lower the sooner. */
static uint32_t rank(uint64_t lr, uint64_t vmcr)
{
	bool listened = vmcr & (lr & LR_GROUP1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);

	/* An interrupt of a group that the CPU interface has disabled must not keep others out. */
	return LR_PRIORITY(lr) | (listened ? 0 : 0x100);
}

/* The list register for a pending interrupt. */
static uint64_t compose(struct vcpu *self, uint32_t b, uint32_t i)
{
	const struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t intid = 32 * b + i;
	uint64_t lr =
		LR_PENDING | (uint64_t)vgic_load(bank->priority[i]) << LR_PRIORITY_SHIFT | intid;

	if (vgic_load(bank->group) >> i & 1)
		lr |= LR_GROUP1;
	if (vgic_hardware(self->vm, b) >> i & 1)
		lr |= LR_HW | (uint64_t)intid << LR_PINTID_SHIFT;
	else if (!(vgic_load(bank->edge) >> i & 1))
		lr |= LR_EOI; /* the line may be up still when the guest is done */
	return lr;
}

/* A pending interrupt that is in list register `n` already; `fresh` is what it would get now. */
static void merge(struct vgic_bank *bank, uint32_t i, uint32_t n, uint64_t fresh)
{
	uint64_t lr = ich_lr(n);
	uint32_t bit = 1u << i;

	/*
	 * One of the hardware's that is active has to end first: its physical INTID is where LR_EOI
	 * would be.
	 */
	if (!(vgic_load(bank->pending) & bit) || ((lr & LR_HW) && (lr & LR_ACTIVE)))
		return;
	/*
	 * A level-sensitive interrupt is pending again when the list register says that it was
	 * deactivated. So is one whose group or priority are others now: those of an active
	 * interrupt decide what its EOI does.
	 */
	if ((lr & LR_ACTIVE) && ((lr ^ fresh) & ~(LR_PENDING | LR_ACTIVE) || (fresh & LR_EOI))) {
		ich_set_lr(n, lr | LR_EOI);
		return;
	}
	ich_set_lr(n, lr | LR_PENDING);
	vgic_pending_clear(bank, bit);
	bank->latched |= bit;
}

/* Something of bank `b` is pending and in no list register. */
static void wait(struct vcpu *self, uint32_t b)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	vgic_store(cpu->queued, vgic_load(cpu->queued) | 1u << b);
}

/* The list register that has to make room for `lr`; -1: it has to wait. */
static int make_room(struct vcpu *self, uint64_t lr)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint64_t vmcr = ich_vmcr();
	int pending = -1, active = -1;
	uint32_t worst = 0, lowest = 0;

	for (uint32_t left = cpu->lrs; left; left &= left - 1) {
		uint32_t n = vgic_lowest(left);
		uint64_t other = ich_lr(n);

		if (other & LR_ACTIVE) {
			if (active < 0 || LR_PRIORITY(other) >= lowest) {
				lowest = LR_PRIORITY(other);
				active = (int)n;
			}
		} else if (pending < 0 || rank(other, vmcr) > worst) {
			worst = rank(other, vmcr);
			pending = (int)n;
		}
	}
	if (pending >= 0) {
		if (rank(lr, vmcr) >= worst)
			return -1;
		wait(self, LR_INTID(ich_lr((uint32_t)pending)) >> 5);
		vgic_list_take_out(self, (uint32_t)pending, ich_lr((uint32_t)pending));
		return pending;
	}
	/*
	 * All are active. One pending interrupt gets in always, or else the maintenance interrupt
	 * for none being pending would be raised for ever; it is the least urgent active one that
	 * leaves, as it ends last.
	 */
	wait(self, LR_INTID(ich_lr((uint32_t)active)) >> 5); /* it may be pending as well */
	vgic_list_evict(self, (uint32_t)active);
	return active;
}

static void place(struct vcpu *self, uint32_t b, uint32_t i)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t bit = 1u << i;
	uint32_t hardware = vgic_hardware(self->vm, b);
	uint32_t empty = ich_elrsr() & cpu->lrs;
	uint64_t lr = compose(self, b, i);
	int n = empty ? (int)vgic_lowest(empty) : make_room(self, lr);

	if (n < 0) {
		wait(self, b);
		return;
	}
	if (hardware & bit) {
		bank->line &= ~bit;
	} else if (vgic_load(bank->pending) & bit) {
		vgic_pending_clear(bank, bit);
		bank->latched |= bit;
	} else {
		bank->latched &= ~bit;
	}
	if (b)
		vgic_hold(self, bank, i);
	ich_set_lr((unsigned)n, lr);
}

static void fill_bank(struct vcpu *self, uint32_t b)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t affinity = gic_affinity(self->config->arch.vmpidr);
	uint32_t left = vgic_pending(bank, vgic_hardware(self->vm, b));

	if (!left)
		return; /* the usual case */
	for (left &= vgic_forwarded(self->vm, bank); left; left &= left - 1) {
		uint32_t i = vgic_lowest(left);
		int n;

		/* Anew each time: one that was placed before may have put it there. */
		if (bank->active >> i & 1)
			continue;
		if (b && vgic_load(bank->affinity[i]) != affinity)
			continue;
		/*
		 * Another holder was asked when this one became pending, or was routed here, and
		 * pokes when it is done.
		 */
		if (b && (bank->held & ~vgic_holds(self, bank, b) & 1u << i))
			continue;
		n = vgic_list_find(cpu, 32 * b + i);
		if (n >= 0)
			merge(bank, i, (uint32_t)n, compose(self, b, i));
		else
			place(self, b, i);
	}
}

/*
 * Interrupts that are pending besides being active would become candidates of the CPU interface
 * with nobody asking whether something more urgent waits. Let their deactivation be notified
 * instead.
 */
static void part(struct vcpu *self)
{
	for (uint32_t left = self->arch.vgic.lrs; left; left &= left - 1) {
		uint32_t n = vgic_lowest(left);
		uint64_t lr = ich_lr(n);

		if ((lr & LR_PENDING) && (lr & LR_ACTIVE)) {
			vgic_list_take_out(self, n, lr);
			ich_set_lr(n, (lr & ~LR_PENDING) | LR_EOI);
			wait(self, LR_INTID(lr) >> 5);
		}
	}
}

static inline void set_control(struct vgic_cpu *cpu, uint64_t hcr)
{
	if (hcr != cpu->hcr) {
		cpu->hcr = hcr;
		ich_set_hcr(hcr);
	}
}

/*
 * Some wait: when no list register is pending any more, or the guest listens to another group, look
 * again.
 */
static COLD void control_waiting(struct vcpu *self, uint64_t hcr)
{
	uint64_t vmcr = ich_vmcr();

	part(self);
	hcr |= ICH_HCR_NPIE | (vmcr & ICH_VMCR_VENG1 ? ICH_HCR_VGRP1DIE : ICH_HCR_VGRP1EIE);
	/*
	 * With Group 1 off, Group 0 going off as well changes nothing until one of them is on
	 * again. To ask for it all the same would be an endless interrupt in QEMU 7.2, whose VGrp0D
	 * looks at the wrong enable.
	 */
	if (!(vmcr & ICH_VMCR_VENG0))
		hcr |= ICH_HCR_VGRP0EIE;
	else if (vmcr & ICH_VMCR_VENG1)
		hcr |= ICH_HCR_VGRP0DIE;
	set_control(&self->arch.vgic, hcr);
}

void vgic_choice_control(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint64_t hcr = ICH_HCR_EN | (ich_vtr() & ICH_VTR_TDS ? ICH_HCR_TDIR : 0) |
	               (cpu->evicted ? ICH_HCR_LRENPIE : 0);

	if (vgic_load(cpu->queued))
		control_waiting(self, hcr);
	else
		set_control(cpu, hcr);
}

void vgic_choice_fill(struct vcpu *self, uint32_t banks)
{
	for (; banks; banks &= banks - 1)
		fill_bank(self, vgic_lowest(banks));
	vgic_choice_control(self);
}
