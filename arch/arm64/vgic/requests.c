/* SPDX-License-Identifier: Apache-2.0 */
/* Marks banks for other vCPUs, serves the marks of this one, and takes a vCPU on and off. */
#include "vgic/requests.h"

#include "ich.h"
#include "route.h"
#include "speed.h"
#include "vgic/choice.h"
#include "vgic/list_registers.h"
#include "vgic/physical_filter.h"
#include "vgic/vgic.h"

void vgic_queue(struct vcpu *self, struct vcpu *target, uint32_t b)
{
	struct vgic_cpu *cpu = &target->arch.vgic;

	/* relaxed: the release in vcpu_request() publishes it */
	vgic_store(cpu->queued, vgic_load(cpu->queued) | 1u << b);
	if (target != self)
		vcpu_request(target->config, REQUEST_VGIC);
}

void vgic_request_sync(struct vcpu *self, struct vcpu *target, uint32_t b)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	struct vgic_cpu *cpu = &target->arch.vgic;
	uint32_t old = vgic_load(cpu->sync);

	if (old >> b & 1)
		return;
	if (!old)
		vgic_store(vgic->outstanding, vgic_load(vgic->outstanding) + 1);
	/* relaxed: the release in vcpu_request() publishes it */
	vgic_store(cpu->sync, old | 1u << b);
	if (target != self)
		vcpu_request(target->config, REQUEST_VGIC);
}

/* vgic_reconsider(), or vgic_offer() if `offer`, of SPI `i`, which is held or pending. */
static void look_at(
	struct vcpu *self, const struct vgic_bank *bank, uint32_t b, uint32_t i, bool offer)
{
	const struct vm_config *vm = self->vm;
	const struct vcpu_config *to = route_target(vm, vgic_load(bank->route[i]));
	const struct vcpu_config *holder = bank->held >> i & 1 ? &vm->vcpus[bank->holder[i]] : NULL;
	uint32_t deliverable =
		vgic_pending(bank, vgic_hardware(vm, b)) & vgic_forwarded(vm, bank) & ~bank->active;

	if (holder && !(offer && to == holder))
		vgic_request_sync(self, holder->state, b);
	else if (deliverable >> i & 1)
		vgic_queue(self, to->state, b);
}

/* The SPIs that some vCPU holds or is to get. A change of any other moves nothing. */
static uint32_t to_move(struct vcpu *self, uint32_t b)
{
	const struct vgic_bank *bank = vgic_bank(self, b);

	return bank->held | vgic_pending(bank, vgic_hardware(self->vm, b));
}

HOT("GICR_ICENABLER0 write")
void vgic_reconsider(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits)
{
	if (b == 0) {
		const struct vgic_cpu *cpu = &target->arch.vgic;

		/* A vCPU that is off has no private interrupt in a list register. Nor has this
		 * vCPU, if its list registers are empty. Then there is nothing to take out. */
		if (!cpu->lrs && !vgic_wanted(&cpu->bank))
			return;
		if (target == self && !(cpu->lrs & ~ich_elrsr()) && !cpu->bank.line &&
			!vgic_wanted(&cpu->bank))
			vgic_queue(self, target, 0);
		else
			vgic_request_sync(self, target, 0);
		return;
	}
	for (bits &= to_move(self, b); bits; bits &= bits - 1)
		look_at(self, vgic_bank(self, b), b, vgic_lowest(bits), false);
}

void vgic_offer(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits)
{
	if (b == 0) {
		vgic_queue(self, target, 0);
		return;
	}
	for (bits &= to_move(self, b); bits; bits &= bits - 1)
		look_at(self, vgic_bank(self, b), b, vgic_lowest(bits), true);
}

/* Enables those private interrupts in hardware that the virtual GIC forwards, none while off. */
HOT("CPU_ON")
static inline void refresh_private(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint32_t ready = cpu->lrs ? vgic_forwarded(self->vm, &cpu->bank) : 0;
	uint32_t changed = ready ^ cpu->ready;

	cpu->ready = ready;
	if (changed)
		vgic_physical_enable(self, 0, changed, ready);
}

/*
 * Chooses the private interrupts that may go to a list register without the VM's lock. None may
 * overtake one that waits in a bank.
 *
 * An edge-triggered hardware interrupt may not: another vCPU may have asked this one to clear it
 * before the edge came. The slow path serves that request first, so that the edge is not cleared
 * with it.
 */
static inline void refresh_shortcuts(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint32_t hardware = vgic_hardware(self->vm, 0);
	uint32_t ready = vgic_load(cpu->queued) ? 0 : cpu->ready & ~cpu->bank.active;

	cpu->fast_software = ready & ~hardware;
	cpu->fast_hardware =
		ready & hardware &
		~(vgic_load(cpu->bank.edge) | vgic_load(cpu->bank.pending) | cpu->bank.latched);
}

HOT("GICR_ICENABLER0 write")
void vgic_serve(struct vcpu *self)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint32_t sync = vgic_load(cpu->sync);
	uint32_t queued;

	vgic_store(cpu->sync, 0);
	if (cpu->lrs)
		vgic_list_settle(self);
	refresh_private(self);
	for (uint32_t left = sync; left; left &= left - 1)
		vgic_list_sync(self, vgic_lowest(left));
	queued = vgic_load(cpu->queued);
	if (cpu->lrs) {
		vgic_store(cpu->queued, 0);
		vgic_choice_fill(self, queued | sync | 1);
	}
	for (uint32_t left = sync; left; left &= left - 1)
		vgic_bank_publish(self, vgic_lowest(left));
	if (sync) {
		cpu->published = vgic->ticket;
		/* release pairs with the acquire of a read of GICD_CTLR or GICR_CTLR: when RWP is
		 * 0, all that was asked for has happened */
		atomic_store_explicit(
			&vgic->outstanding, vgic_load(vgic->outstanding) - 1, memory_order_release);
	}
	refresh_shortcuts(self);
}

/* ---------------------------------------------------------------- a vCPU on and off */

HOT("CPU_ON")
void vgic_cpu_on(struct vcpu *vcpu)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);
	struct vgic_cpu *cpu = &vcpu->arch.vgic;

	lock_acquire(&vgic->lock);
	/* All are empty: EL2 cleared them when the pCPU came up, and whenever the vCPU went off. */
	cpu->lrs = (2u << (ICH_VTR_LIST_REGISTERS(ich_vtr()) - 1)) - 1;
	/* Whatever became deliverable meanwhile is marked, except for SGIs, which need no lock. */
	if (vgic_load(cpu->queued) | vgic_load(cpu->sync) |
		vgic_pending(&cpu->bank, vgic_hardware(vcpu->vm, 0))) {
		vgic_serve(vcpu);
	} else {
		refresh_private(vcpu);
		refresh_shortcuts(vcpu);
		vgic_choice_control(vcpu);
	}
	lock_release(&vgic->lock);
}

void vgic_cpu_off(struct vcpu *vcpu)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);
	struct vgic_cpu *cpu = &vcpu->arch.vgic;

	lock_acquire(&vgic->lock);
	if (cpu->lrs) {
		vgic_list_drop(vcpu);
		cpu->lrs = 0;
		for (uint32_t b = 0; b < vcpu->vm->arch.vgic.banks; b++)
			vgic_request_sync(vcpu, vcpu, b);
		vgic_serve(vcpu);
	}
	/* not when the vCPU goes on, as the caller of CPU_ON waits for that */
	vgic_interface_reset();
	cpu->hcr = 0;
	cpu->retry_at = 0;
	lock_release(&vgic->lock);
}
