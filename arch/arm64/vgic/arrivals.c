/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives at a vCPU: hardware interrupts, SGIs, and the lines of emulated devices. */
#include "ich.h"
#include "sgi_latch.h"
#include "speed.h"
#include "vgic/list_registers.h"
#include "vgic/requests.h"
#include "vgic/vgic.h"

/* Takes a hardware interrupt under the VM's lock, whatever its state and that of list registers. */
COLD("SPI of a device, spinning")
static void hardware_interrupt_slow(struct vcpu *self, uint32_t intid)
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
	/* What others asked for until now came before this interrupt, and must not clear it. */
	if (vgic_load(self->arch.vgic.sync))
		vgic_serve(self);
	if (vgic_load(bank->pending) & bit) {
		vgic_pending_clear(bank, bit);
		bank->latched |= bit;
	} else {
		bank->latched &= ~bit;
	}
	bank->line |= bit;
	if (!(vgic_holds(self, bank, b) & bit)) {
		/* Its old holder has it in no list register, or else it would be active still. So
		 * the holder has nothing left to clear. */
		vgic_hold(self, bank, i);
		bank->want_not_pending &= ~bit;
		bank->want_inactive &= ~bit;
	}
	if (vgic_list_is_for(self, b, i) && !((bank->want_active | bank->want_pending) & bit))
		vgic_queue(self, self, b);
	else
		vgic_request_sync(self, self, b);
	vgic_serve(self);
	lock_release(&vgic->lock);
}

/* Writes list register `n`: `lr`, and the priority and group of its interrupt `i` in the bank. */
static inline void put(const struct vgic_bank *bank, uint32_t n, uint32_t i, lr_t lr)
{
	lr |= (lr_t)vgic_load(bank->priority[i]) << LR_PRIORITY_SHIFT;
	if (vgic_load(bank->group) >> i & 1)
		lr |= LR_GROUP1;
	if (n == 0)
		ich_set_lr0(lr);
	else
		ich_set_lr(n, lr);
}

static inline lr_t hardware_lr(uint32_t intid)
{
	return LR_HW | LR_PENDING | (lr_t)intid << LR_PINTID_SHIFT | intid;
}

/* Puts an SPI of a passed-through device into a list register. False if another interrupt waits, or
 * this one is more than just pending: then hardware_interrupt_slow() has to take it. */
HOT("SPI of a device, spinning")
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
	/*
	 * Its old holder has it in no list register, or else it would be active still. `self` looks
	 * all the same, because a VM with direct interrupts may have deactivated it in the hardware
	 * alone.
	 */
	taken = empty && (empty == cpu->lrs || vgic_list_find(cpu, intid) < 0) &&
	        !(vgic_load(cpu->queued) | vgic_load(cpu->sync)) &&
	        !((bank->line | vgic_load(bank->pending) | vgic_wanted(bank)) & bit) &&
	        vgic_list_is_for(self, b, i);
	if (taken) {
		bank->latched &= ~bit;
		vgic_hold(self, bank, i);
		put(bank, vgic_lowest(empty), i, hardware_lr(intid));
	}
	lock_release(&vgic->lock);
	return taken;
}

HOT("SPI of a device, spinning")
NOINLINE("timer, spinning")
static void hardware_interrupt(struct vcpu *self, uint32_t intid)
{
	if (intid < 32 || !take_spi(self, intid))
		hardware_interrupt_slow(self, intid);
}

HOT("timer, spinning")
void vgic_hardware_interrupt(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_cpu *cpu = &vcpu->arch.vgic;

	if (intid < 32 && cpu->fast_hardware >> intid & 1) {
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

/* Several SGIs, or list registers in use. While each SGI finds an empty list register, EL2 need not
 * order them: the CPU interface does. */
COLD("SGI to itself")
static void take_sgis(struct vcpu *self, uint32_t left, uint32_t empty)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	for (; left; left &= left - 1) {
		uint32_t i = vgic_lowest(left);
		lr_t lr;

		if (!empty || (empty != cpu->lrs && vgic_list_find(cpu, i) >= 0)) {
			isb(); /* list register 0 may have been written without an isb() */
			vgic_maintenance(self);
			return;
		}
		lr = sgi_take(cpu, i, 1u << i);
		if (!lr)
			continue;
		put(&cpu->bank, vgic_lowest(empty), i, lr);
		empty &= empty - 1;
	}
}

HOT("SGI to a CPU that spins")
void vgic_update(struct vcpu *vcpu)
{
	struct vgic_cpu *cpu = &vcpu->arch.vgic;
	uint32_t left = vgic_load(cpu->bank.pending) & cpu->fast_software;
	uint32_t empty = ich_elrsr() & cpu->lrs;

	if (vgic_load(cpu->queued) | vgic_load(cpu->sync)) {
		vgic_maintenance(vcpu);
	} else if (empty == cpu->lrs && left && !(left & (left - 1))) {
		/* usually: one SGI, and nothing else */
		uint32_t i = vgic_lowest(left);
		lr_t lr = sgi_take(cpu, i, left);

		if (lr)
			put(&cpu->bank, 0, i, lr);
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
