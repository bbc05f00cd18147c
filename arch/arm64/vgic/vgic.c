/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GIC as seen by one vCPU: what arrives, what leaves, when it starts and ends. */
#include "vgic/vgic.h"

#include "arch.h"
#include "gic/ich.h"
#include "gic/interrupts.h"
#include "hw/sysreg.h"
#include "sections.h"
#include "vgic/vgic_internal.h"

/* ---------------------------------------------------------------- work between vCPUs, under the VM's lock */

void vgic_poke(struct vcpu *self, struct vcpu *target, uint32_t b)
{
	struct vgic_cpu *cpu = &target->arch.vgic;

	/* relaxed: vcpu_ask() publishes it */
	vgic_store(cpu->todo, vgic_load(cpu->todo) | 1u << b);
	if (target != self)
		vcpu_ask(target->config, WORK_VGIC);
}

void vgic_recall(struct vcpu *self, struct vcpu *target, uint32_t b)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	struct vgic_cpu *cpu = &target->arch.vgic;
	uint32_t old = vgic_load(cpu->recall);

	if (old >> b & 1)
		return;
	if (!old)
		vgic_store(vgic->outstanding, vgic_load(vgic->outstanding) + 1);
	/* relaxed: vcpu_ask() publishes it */
	vgic_store(cpu->recall, old | 1u << b);
	if (target != self)
		vcpu_ask(target->config, WORK_VGIC);
}

/* One of the interrupts of vgic_reconsider() and vgic_offer(): it is held, or pending. */
static void look_at(struct vcpu *self, const struct vgic_bank *bank, uint32_t b, uint32_t i, bool offer)
{
	const struct vm_config *vm = self->vm;
	const struct vcpu_config *to = vgic_find_vcpu(vm, vgic_load(bank->affinity[i]));
	const struct vcpu_config *holder = bank->held >> i & 1 ? &vm->vcpus[bank->holder[i]] : NULL;
	uint32_t deliverable = vgic_pending(bank, vgic_hardware(vm, b)) & vgic_forwarded(vm, bank) & ~bank->active;

	if (holder && !(offer && to == holder))
		vgic_recall(self, holder->state, b);
	else if (deliverable >> i & 1)
		vgic_poke(self, to->state, b);
}

/* SPIs that can be anywhere but in their bank, or are to be: the others have nothing that could move. */
static uint32_t to_move(struct vcpu *self, uint32_t b)
{
	const struct vgic_bank *bank = vgic_bank(self, b);

	return bank->held | vgic_pending(bank, vgic_hardware(self->vm, b));
}

void vgic_reconsider(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits)
{
	if (b == 0) {
		const struct vgic_cpu *cpu = &target->arch.vgic;

		/* A vCPU that is off holds no private interrupt, nor does this one while its list registers are empty.
		 */
		if (!cpu->lrs && !vgic_wanted(&cpu->bank))
			return;
		if (target == self && !(cpu->lrs & ~ich_elrsr()) && !cpu->bank.line && !vgic_wanted(&cpu->bank))
			vgic_poke(self, target, 0);
		else
			vgic_recall(self, target, 0);
		return;
	}
	for (bits &= to_move(self, b); bits; bits &= bits - 1)
		look_at(self, vgic_bank(self, b), b, vgic_lowest(bits), false);
}

void vgic_offer(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits)
{
	if (b == 0) {
		vgic_poke(self, target, 0);
		return;
	}
	for (bits &= to_move(self, b); bits; bits &= bits - 1)
		look_at(self, vgic_bank(self, b), b, vgic_lowest(bits), true);
}

/* The enables of the private interrupts may have changed, or the vCPU went on or off. */
static void refresh_private(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint32_t ready = cpu->lrs ? vgic_forwarded(self->vm, &cpu->bank) : 0;
	uint32_t changed = ready ^ cpu->ready;

	cpu->ready = ready;
	if (changed)
		vgic_physical_enable(self, 0, changed, ready);
}

/* Which private interrupts may go past the VM's lock. Neither kind overtakes what waits. An edge that may have been
 * cleared before it got here must be seen under the lock. */
static inline void refresh_shortcuts(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint32_t hardware = vgic_hardware(self->vm, 0);
	uint32_t ready = vgic_load(cpu->todo) ? 0 : cpu->ready & ~cpu->bank.active;

	cpu->soft = ready & ~hardware;
	cpu->direct =
		ready & hardware & ~(vgic_load(cpu->bank.edge) | vgic_load(cpu->bank.pending) | cpu->bank.latched);
}

void vgic_serve(struct vcpu *self)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint32_t recall = vgic_load(cpu->recall);
	uint32_t todo;

	vgic_store(cpu->recall, 0);
	if (cpu->lrs)
		vgic_list_settle(self);
	refresh_private(self);
	for (uint32_t left = recall; left; left &= left - 1)
		vgic_list_recall(self, vgic_lowest(left));
	todo = vgic_load(cpu->todo);
	if (cpu->lrs) {
		vgic_store(cpu->todo, 0);
		vgic_list_fill(self, todo | recall | 1);
	}
	for (uint32_t left = recall; left; left &= left - 1)
		vgic_state_show(self, vgic_lowest(left));
	if (recall) {
		cpu->shown = vgic->ticket;
		/* release pairs with the acquire of whoever reads RWP: what was asked for has happened */
		atomic_store_explicit(&vgic->outstanding, vgic_load(vgic->outstanding) - 1, memory_order_release);
	}
	refresh_shortcuts(self);
}

/* ---------------------------------------------------------------- arrivals */

static COLD void hardware_interrupt_slow(struct vcpu *self, uint32_t intid)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	uint32_t b = intid >> 5, i = intid & 31, bit = 1u << i;
	struct vgic_bank *bank;

	if (b >= self->vm->arch.vgic.banks || !(vgic_hardware(self->vm, b) & bit)) {
		icc_deactivate(intid);
		return;
	}
	lock_acquire(&vgic->lock);
	bank = vgic_bank(self, b);
	/* What others asked for came before this interrupt. */
	if (vgic_load(self->arch.vgic.recall))
		vgic_serve(self);
	if (vgic_load(bank->pending) & bit) {
		vgic_pending_clear(bank, bit);
		bank->latched |= bit;
	} else {
		bank->latched &= ~bit;
	}
	bank->line |= bit;
	if (!(vgic_holds(self, bank, b) & bit)) {
		/* Whoever held it has an empty list register: the interrupt was inactive. */
		vgic_hold(self, bank, i);
		bank->want_not_pending &= ~bit;
		bank->want_inactive &= ~bit;
	}
	if (vgic_list_is_for(self, b, i) && !((bank->want_active | bank->want_pending) & bit))
		vgic_poke(self, self, b);
	else
		vgic_recall(self, self, b);
	vgic_serve(self);
	lock_release(&vgic->lock);
}

/* Writes list register `n`, adding to `lr` what the bank knows of its interrupt `i`. */
static inline void put(const struct vgic_bank *bank, uint32_t n, uint32_t i, uint64_t lr)
{
	lr |= (uint64_t)vgic_load(bank->priority[i]) << LR_PRIORITY_SHIFT;
	if (vgic_load(bank->group) >> i & 1)
		lr |= LR_GROUP1;
	if (n == 0)
		ich_set_lr0(lr);
	else
		ich_set_lr(n, lr);
}

static inline uint64_t hardware_lr(uint32_t intid)
{
	return LR_HW | LR_PENDING | (uint64_t)intid << LR_PINTID_SHIFT | intid;
}

/*
 * An SPI of a device straight to a list register. False: something waits, or this interrupt is more than pending, and
 * hardware_interrupt_slow() has to look.
 */
static bool take_spi(struct vcpu *self, uint32_t intid)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint32_t b = intid >> 5, i = intid & 31, bit = 1u << i;
	struct vgic_bank *bank;
	uint32_t empty;
	bool taken;

	if (b >= self->vm->arch.vgic.banks || !(vgic_hardware(self->vm, b) & bit))
		return false;
	bank = vgic_bank(self, b);
	lock_acquire(&vgic->lock);
	empty = ich_elrsr() & cpu->lrs;
	/* whoever held it has an empty list register: the interrupt was inactive */
	/* and is looked for all the same: a VM with direct interrupts may have ended it in the hardware alone */
	taken = empty && (empty == cpu->lrs || vgic_list_find(cpu, intid) < 0) &&
	        !(vgic_load(cpu->todo) | vgic_load(cpu->recall)) &&
	        !((bank->line | vgic_load(bank->pending) | vgic_wanted(bank)) & bit) && vgic_list_is_for(self, b, i);
	if (taken) {
		bank->latched &= ~bit;
		vgic_hold(self, bank, i);
		put(bank, vgic_lowest(empty), i, hardware_lr(intid));
	}
	lock_release(&vgic->lock);
	return taken;
}

/* Apart, so that the timers' path needs no stack frame. */
static __attribute__((noinline)) void hardware_interrupt(struct vcpu *self, uint32_t intid)
{
	if (intid < 32 || !take_spi(self, intid))
		hardware_interrupt_slow(self, intid);
}

void vgic_hardware_interrupt(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_cpu *cpu = &vcpu->arch.vgic;

	if (intid < 32 && cpu->direct >> intid & 1) {
		uint32_t empty = ich_elrsr() & cpu->lrs;

		if (empty) {
			put(&cpu->bank, vgic_lowest(empty), intid, hardware_lr(intid));
			return;
		}
	}
	hardware_interrupt(vcpu, intid);
}

void vgic_maintenance(struct vcpu *vcpu)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);

	lock_acquire(&vgic->lock);
	vgic_serve(vcpu);
	lock_release(&vgic->lock);
}

/* Several SGIs, or list registers in use: as long as each finds a place, their order is the hardware's affair. */
static COLD void take_sgis(struct vcpu *self, uint32_t left, uint32_t empty)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	for (; left; left &= left - 1) {
		uint32_t i = vgic_lowest(left);

		if (!empty || (empty != cpu->lrs && vgic_list_find(cpu, i) >= 0)) {
			isb(); /* ICH_ELRSR_EL2 knows of list register 0 */
			vgic_maintenance(self);
			return;
		}
		vgic_pending_clear(&cpu->bank, 1u << i);
		put(&cpu->bank, vgic_lowest(empty), i, i | LR_PENDING);
		empty &= empty - 1;
	}
}

void vgic_update(struct vcpu *vcpu)
{
	struct vgic_cpu *cpu = &vcpu->arch.vgic;
	uint32_t left = vgic_load(cpu->bank.pending) & cpu->soft;
	uint32_t empty = ich_elrsr() & cpu->lrs;

	if (vgic_load(cpu->todo) | vgic_load(cpu->recall)) {
		vgic_maintenance(vcpu);
	} else if (empty == cpu->lrs && left && !(left & (left - 1))) {
		/* the usual case: one SGI, and nothing else */
		uint32_t i = vgic_lowest(left);

		vgic_pending_clear(&cpu->bank, left);
		put(&cpu->bank, 0, i, i | LR_PENDING);
	} else {
		take_sgis(vcpu, left, empty);
	}
}

void vgic_set_line(const struct vm_config *vm, uint32_t intid, bool level)
{
	struct vgic_vm *vgic = vgic_vm(vm);
	struct vcpu *self = this_vcpu();
	uint32_t b = intid >> 5, bit = 1u << (intid & 31);
	struct vgic_bank *bank = vgic_bank(self, b);

	lock_acquire(&vgic->lock);
	if (!(bank->line & bit) == level) {
		bool edge = vgic_load(bank->edge) & bit;

		bank->line ^= bit;
		if (edge && level)
			vgic_pending_set(bank, bit);
		if (level)
			vgic_offer(self, self, b, bit);
		else if (!edge)
			vgic_reconsider(self, self, b, bit);
		vgic_serve_marked(self);
	}
	lock_release(&vgic->lock);
}

COLD void vgic_deactivate(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);
	uint32_t b = intid >> 5;

	if (!(ich_vmcr() & ICH_VMCR_VEOIM) || b >= vcpu->vm->arch.vgic.banks)
		return;
	/* RETRY cannot be: only hardware interrupts on their way ask for it, and these are not active for the guest. */
	lock_acquire(&vgic->lock);
	vgic_state_deactivate(vcpu, vcpu, b, 1u << (intid & 31) & vgic_owned(vcpu->vm, b));
	vgic_serve_marked(vcpu);
	lock_release(&vgic->lock);
}

/* ---------------------------------------------------------------- a vCPU's lives */

void vgic_cpu_on(struct vcpu *vcpu)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);
	struct vgic_cpu *cpu = &vcpu->arch.vgic;

	lock_acquire(&vgic->lock);
	/* They are empty: cleared when the pCPU came up, and whenever its vCPU went off. */
	cpu->lrs = (2u << (ICH_VTR_LIST_REGISTERS(ich_vtr()) - 1)) - 1;
	/* What has become deliverable meanwhile is marked, but SGIs, which come without the lock. */
	if (vgic_load(cpu->todo) | vgic_load(cpu->recall) | vgic_pending(&cpu->bank, vgic_hardware(vcpu->vm, 0))) {
		vgic_serve(vcpu);
	} else {
		refresh_private(vcpu);
		refresh_shortcuts(vcpu);
		vgic_list_control(vcpu);
	}
	lock_release(&vgic->lock);
}

COLD void vgic_cpu_off(struct vcpu *vcpu)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);
	struct vgic_cpu *cpu = &vcpu->arch.vgic;

	lock_acquire(&vgic->lock);
	if (cpu->lrs) {
		vgic_list_drop(vcpu);
		cpu->lrs = 0;
		for (uint32_t b = 0; b < vcpu->vm->arch.vgic.banks; b++)
			vgic_recall(vcpu, vcpu, b);
		vgic_serve(vcpu);
	}
	/* here and not when the vCPU goes on, which somebody waits for */
	vgic_reset_interface();
	cpu->hcr = 0;
	cpu->retry_at = 0;
	lock_release(&vgic->lock);
}

COLD bool vgic_cpu_is_quiet(const struct vcpu *vcpu)
{
	const struct vgic_cpu *cpu = &vcpu->arch.vgic;

	for (uint32_t left = cpu->lrs & ~ich_elrsr(); left; left &= left - 1)
		if (ich_lr(vgic_lowest(left)) & LR_PENDING)
			return false;
	return !(vgic_load(cpu->todo) | (vgic_load(cpu->bank.pending) & cpu->soft));
}

/* ---------------------------------------------------------------- as a VM's interrupt mode */

/* WFI in EL2 wakes up for physical interrupts; a virtual one may be waiting in a list register already. */
static void cpu_wait(struct vcpu *vcpu)
{
	if (vgic_cpu_is_quiet(vcpu))
		cpu_wait_interrupt();
}

/* The CPU interface is the virtual one of the hardware: nothing of it is to be read here. */
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
