/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses which pending interrupts get a list register, and which have to leave theirs. */
#include "vgic/choice.h"

#include "ich.h"
#include "route.h"
#include "sgi_latch.h"
#include "speed.h"
#include "vgic/list_registers.h"

/* How urgent a list register is, or the value that an interrupt would get. Less is more urgent. */
static uint32_t rank(lr_t lr, uint64_t vmcr)
{
	bool listened = vmcr & (lr & LR_GROUP1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0);

	/* An interrupt whose group the CPU interface has disabled must not keep others out. */
	return LR_PRIORITY(lr) | (listened ? 0 : 0x100);
}

/* The value of a list register for the pending interrupt `i` of bank `b`. */
static lr_t compose(struct vcpu *self, uint32_t b, uint32_t i)
{
	const struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t intid = 32 * b + i;
	lr_t lr = LR_PENDING | (lr_t)vgic_load(bank->priority[i]) << LR_PRIORITY_SHIFT | intid;

	if (vgic_load(bank->group) >> i & 1)
		lr |= LR_GROUP1;
	if (vgic_hardware(self->vm, b) >> i & 1)
		lr |= LR_HW | (lr_t)intid << LR_PINTID_SHIFT;
	else if (!(vgic_load(bank->edge) >> i & 1))
		lr |= LR_EOI; /* when the guest ends it, its line may still be high */
	return lr;
}

/* Interrupt `i` of bank `b` is pending there, and is in list register `n` already. Makes that list
 * register pending as well, if it can be. `fresh`: compose() of the interrupt now. */
static void merge(struct vgic_cpu *cpu, struct vgic_bank *bank, uint32_t b, uint32_t i, uint32_t n,
	lr_t fresh)
{
	lr_t lr = ich_lr(n);
	uint32_t bit = 1u << i;

	/* An active hardware interrupt has to end first: it has no LR_EOI, whose bit is part of the
	 * physical INTID if LR_HW is 1. */
	if (!(vgic_load(bank->pending) & bit) || ((lr & LR_HW) && (lr & LR_ACTIVE)))
		return;
	if (sgi_waits(cpu, b, i, n, lr))
		return;
	/*
	 * A level-sensitive interrupt becomes pending again when its list register reports its end.
	 * So does one whose group or priority has changed: as long as it is active, those in the
	 * list register decide what its EOI does.
	 */
	if ((lr & LR_ACTIVE) && ((lr ^ fresh) & ~(LR_PENDING | LR_ACTIVE) || (fresh & LR_EOI))) {
		ich_set_lr(n, lr | LR_EOI);
		return;
	}
	ich_set_lr(n, lr | LR_PENDING);
	vgic_pending_clear(bank, bit);
	bank->latched |= bit;
}

/* Notes that bank `b` has a pending interrupt in no list register. */
static void wait(struct vcpu *self, uint32_t b)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	vgic_store(cpu->queued, vgic_load(cpu->queued) | 1u << b);
}

/* Empties the list register that `lr` may have, and returns its number. -1: `lr` has to wait. */
static int make_room(struct vcpu *self, lr_t lr)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint64_t vmcr = ich_vmcr();
	int pending = -1, active = -1;
	uint32_t worst = 0, lowest = 0;

	for (uint32_t left = cpu->lrs; left; left &= left - 1) {
		uint32_t n = vgic_lowest(left);
		lr_t other = ich_lr(n);

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
	 * All are active. One pending interrupt gets in all the same, or the maintenance interrupt
	 * for no pending list register would never end. The least urgent active one leaves, as the
	 * guest ends it last.
	 */
	wait(self, LR_INTID(ich_lr((uint32_t)active)) >> 5); /* it may be pending, too */
	vgic_list_evict(self, (uint32_t)active);
	return active;
}

/* Puts pending interrupt `i` of bank `b`, which has no list register, into one, or lets it wait. */
static void place(struct vcpu *self, uint32_t b, uint32_t i)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t bit = 1u << i;
	uint32_t hardware = vgic_hardware(self->vm, b);
	uint32_t empty = ich_elrsr() & cpu->lrs;
	lr_t lr = compose(self, b, i);
	int n = empty ? (int)vgic_lowest(empty) : make_room(self, lr);

	if (n < 0) {
		wait(self, b);
		return;
	}
	if (hardware & bit) {
		bank->line &= ~bit;
	} else if (vgic_load(bank->pending) & bit) {
		lr |= latch_take(cpu, bank, b, i);
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
	uint32_t here = route_to(self->config);
	uint32_t left = vgic_pending(bank, vgic_hardware(self->vm, b));

	if (!left)
		return; /* as usual */
	for (left &= vgic_forwarded(self->vm, bank); left; left &= left - 1) {
		uint32_t i = vgic_lowest(left);
		int n;

		/* Not before the loop: place() may have moved an active interrupt to the bank. */
		if (bank->active >> i & 1)
			continue;
		if (b && !route_leads(vgic_load(bank->route[i]), here))
			continue;
		/* Another vCPU holds it. It was asked to sync when the interrupt became pending or
		 * was routed here, and queues it for this vCPU then. */
		if (b && (bank->held & ~vgic_holds(self, bank, b) & 1u << i))
			continue;
		if (!latch_holds(cpu, b, i))
			continue;
		n = vgic_list_find(cpu, 32 * b + i);
		if (n >= 0)
			merge(cpu, bank, b, i, (uint32_t)n, compose(self, b, i));
		else
			place(self, b, i);
	}
}

/*
 * Moves the pending state of active list registers to the banks. If an interrupt is active and
 * pending, its end makes it pending at the CPU interface at once, though a more urgent one may wait
 * in a bank. So its end is reported to EL2 instead, which chooses then.
 */
static void part(struct vcpu *self)
{
	for (uint32_t left = self->arch.vgic.lrs; left; left &= left - 1) {
		uint32_t n = vgic_lowest(left);
		lr_t lr = ich_lr(n);

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

/* Interrupts wait in banks. EL2 has to choose again when no list register is pending any more, and
 * when the guest enables or disables a group at its CPU interface. */
COLD("CPU_ON")
static void control_waiting(struct vcpu *self, uint64_t hcr)
{
	uint64_t vmcr = ich_vmcr();

	part(self);
	hcr |= ICH_HCR_NPIE | (vmcr & ICH_VMCR_VENG1 ? ICH_HCR_VGRP1DIE : ICH_HCR_VGRP1EIE);
	/*
	 * With Group 1 disabled, EL2 need not know that Group 0 becomes disabled as well: nothing
	 * is delivered until one is enabled. In QEMU 7.2, VGrp0D looks at the enable of the wrong
	 * group, so asking would be an endless interrupt.
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
	uint64_t hcr = ICH_HCR_EN | ich_trap_dir() | (cpu->evicted ? ICH_HCR_LRENPIE : 0);

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
