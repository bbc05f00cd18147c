/* SPDX-License-Identifier: Apache-2.0 */
/* The registers with one bit for each INTID. The distributor and the SGI frames of the
 * redistributors have the same ones. */
#include "vgic/bank.h"

#include "ich.h"
#include "speed.h"
#include "vgic/list_registers.h"
#include "vgic/physical_filter.h"
#include "vgic/requests.h"

/* Those of `bits` that have a holder. A private interrupt is always held by its vCPU. */
static uint32_t held(const struct vgic_bank *bank, uint32_t b, uint32_t bits)
{
	return b ? bits & bank->held : bits;
}

/* ---------------------------------------------------------------- reading the states */

void vgic_bank_publish(struct vcpu *self, uint32_t b)
{
	struct vgic_bank *bank = vgic_bank(self, b);
	uint32_t hardware = vgic_hardware(self->vm, b);
	uint32_t mine = vgic_holds(self, bank, b);
	uint32_t pending, active;

	vgic_list_state(&self->arch.vgic, b, &pending, &active);
	if (b == 0)
		pending |= vgic_physical_read(self, 0, GIC_ISPENDR);
	/* Also what is pending in the bank, or in the hardware if private: it may move to a list
	 * register before the vCPU that asked comes to read. */
	pending |= vgic_pending(bank, hardware);
	bank->published_pending = (bank->published_pending & ~mine) | (pending & mine);
	bank->published_active =
		(bank->published_active & ~mine) | ((active | bank->active) & mine);
}

/* True if the holders of the interrupts in `bits` have published their states since the guest first
 * executed this access. Else asks those that have not, and the guest retries the access. */
static bool is_shown(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	struct vgic_cpu *cpu = &self->arch.vgic;
	uint64_t here = guest_position() | 1;
	bool published = true;

	if (cpu->retry_at != here) {
		cpu->retry_at = here;
		cpu->ticket = ++vgic->ticket;
	}
	for (; bits; bits &= bits - 1) {
		struct vcpu *holder =
			b ? self->vm->vcpus[vgic_bank(self, b)->holder[vgic_lowest(bits)]].state
			  : target;

		if ((int32_t)(holder->arch.vgic.published - cpu->ticket) < 0) {
			vgic_request_sync(self, holder, b);
			published = false;
		}
		if (b == 0)
			break;
	}
	if (published)
		cpu->retry_at = 0;
	return published;
}

/* The interrupts of bank `b` whose states are in list registers of other vCPUs than `self`: those
 * SPIs that others hold, or all if the bank is another vCPU's private one. */
static uint32_t elsewhere(struct vcpu *self, struct vcpu *target, uint32_t b)
{
	const struct vgic_bank *bank = vgic_bank(target, b);

	if (b == 0)
		return self == target ? 0 : UINT32_MAX;
	return bank->held & ~vgic_holds(self, bank, b);
}

COLD("GICR_ISENABLER0 read")
static enum mmio_result read_state(
	struct vcpu *self, struct vcpu *target, uint32_t b, bool want_active, uint64_t *value)
{
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t hardware = vgic_hardware(self->vm, b);
	uint32_t others = elsewhere(self, target, b);
	uint32_t pending, active, in_hardware;

	if (others && !is_shown(self, target, b, others))
		return MMIO_RETRY;
	/* Reads ISPENDR before ISACTIVER, below. If another pCPU acknowledges an interrupt in
	 * between, both are 1. In the reverse order both would be 0. */
	in_hardware = vgic_physical_read(target, b, GIC_ISPENDR);
	vgic_list_state(&self->arch.vgic, b, &pending, &active);
	if (b == 0 && self != target)
		pending = active = 0;
	pending |= (bank->published_pending & others) | vgic_pending(bank, hardware);
	active |= (bank->published_active & others) | bank->active;
	/* Another pCPU has acknowledged the interrupt and waits for the lock. */
	if (vgic_physical_read(target, b, GIC_ISACTIVER) & ~(pending | active))
		return MMIO_RETRY;
	/* A level-sensitive hardware interrupt may have gone inactive at its source since EL2's
	 * acknowledge. ISPENDR of the hardware says what its line is now. */
	pending &= ~hardware | vgic_load(bank->edge) | bank->latched;
	*value = (want_active ? active : pending | in_hardware) & vgic_owned(self->vm, b);
	return MMIO_DONE;
}

HOT("GICR_ISENABLER0 read")
enum mmio_result vgic_bank_read(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t reg, uint64_t *value)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	const struct vgic_bank *bank = vgic_bank(target, b);
	enum mmio_result result;

	switch (reg) {
	case GIC_ISPENDR:
	case GIC_ICPENDR:
	case GIC_ISACTIVER:
	case GIC_ICACTIVER:
		lock_acquire(&vgic->lock);
		/* Takes a hardware interrupt whose line has fallen out of its list register. */
		if (b || self == target)
			vgic_request_sync(self, self, b);
		vgic_serve_marked(self);
		result = read_state(self, target, b, reg >= GIC_ISACTIVER, value);
		lock_release(&vgic->lock);
		return result;
	default:
		*value = vgic_config_read(bank, reg);
		return MMIO_DONE;
	}
}

/* ---------------------------------------------------------------- writing */

static void write_group(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t value)
{
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t old = vgic_load(bank->group);
	uint32_t changed = (old ^ value) & vgic_owned(self->vm, b);

	if (!changed)
		return;
	vgic_store(bank->group, old ^ changed);
	if (b)
		vgic_physical_enable(target, b, changed, vgic_forwarded(self->vm, bank));
	vgic_reconsider(self, target, b, changed);
}

static void write_enable(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits, bool enable)
{
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t old = vgic_load(bank->enabled);

	bits &= enable ? ~old : old;
	if (!bits)
		return;
	vgic_store(bank->enabled, old ^ bits);
	/* Private ones are enabled in hardware by their own pCPU, and only while its vCPU is on:
	 * see refresh_private(). */
	if (b && (bits & vgic_hardware(self->vm, b)))
		vgic_physical_enable(target, b, bits, vgic_forwarded(self->vm, bank));
	if (enable)
		vgic_offer(self, target, b, bits);
	else
		vgic_reconsider(self, target, b, bits);
}

/* True if another pCPU has acknowledged a hardware interrupt in `bits`, and waits for the lock to
 * take hold of it. Nobody holds these interrupts. */
static bool in_flight(struct vcpu *self, uint32_t b, uint32_t bits)
{
	return vgic_physical_read(self, b, GIC_ISACTIVER) & bits & ~vgic_bank(self, b)->active;
}

static enum mmio_result write_pending(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits, bool set)
{
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t hardware = vgic_hardware(self->vm, b);
	uint32_t busy = held(bank, b, bits);
	uint32_t idle = bits & ~busy & hardware;

	if (idle && in_flight(self, b, idle))
		return MMIO_RETRY;
	if (set) {
		/* The hardware has the latch of a hardware interrupt. Of a level-sensitive one the
		 * bank has it as well, or has_fallen() would let the interrupt go with its line. */
		vgic_pending_set(bank, (bits & ~hardware) | (idle & ~vgic_load(bank->edge)));
		bank->want_pending |= busy & hardware;
		vgic_physical_write(target, b, GIC_ISPENDR, idle);
	} else {
		vgic_pending_clear(bank, bits);
		bank->want_pending &= ~bits;
		bank->want_not_pending |= busy;
		vgic_physical_write(target, b, GIC_ICPENDR, bits);
	}
	vgic_reconsider(self, target, b, bits);
	return MMIO_DONE;
}

void vgic_bank_deactivate(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits)
{
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t busy = held(bank, b, bits);
	uint32_t idle = bits & ~busy & bank->active;

	bank->want_inactive |= busy;
	bank->want_active &= ~busy;
	bank->active &= ~idle;
	vgic_physical_write(target, b, GIC_ICACTIVER, idle);
	vgic_reconsider(self, target, b, busy | idle);
}

static enum mmio_result write_active(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits, bool set)
{
	struct vgic_bank *bank = vgic_bank(target, b);
	uint32_t busy = held(bank, b, bits);
	uint32_t idle = bits & ~busy;

	if (!set) {
		vgic_bank_deactivate(self, target, b, bits);
		return MMIO_DONE;
	}
	if (idle && in_flight(self, b, idle))
		return MMIO_RETRY;
	bank->want_active |= busy;
	bank->want_inactive &= ~busy;
	bank->active |= idle;
	vgic_physical_write(target, b, GIC_ISACTIVER, idle);
	vgic_reconsider(self, target, b, busy);
	return MMIO_DONE;
}

COLD("GICD_ICENABLER write")
enum mmio_result vgic_bank_write(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t reg, uint32_t value)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	uint32_t bits = value & vgic_owned(self->vm, b);
	enum mmio_result result = MMIO_DONE;

	lock_acquire(&vgic->lock);
	switch (reg) {
	case GIC_IGROUPR:
		write_group(self, target, b, value);
		break;
	case GIC_ISENABLER:
	case GIC_ICENABLER:
		write_enable(self, target, b, bits, reg == GIC_ISENABLER);
		break;
	case GIC_ISPENDR:
	case GIC_ICPENDR:
		result = write_pending(self, target, b, bits, reg == GIC_ISPENDR);
		break;
	case GIC_ISACTIVER:
	case GIC_ICACTIVER:
		result = write_active(self, target, b, bits, reg == GIC_ISACTIVER);
		break;
	default:
		break;
	}
	vgic_serve_marked(self);
	lock_release(&vgic->lock);
	return result;
}

/*
 * Enables or disables SPIs by bank state alone. That is possible if all that change are interrupts
 * of emulated devices, neither pending nor held, so that none has to move. Else returns false and
 * changes nothing.
 */
static inline bool enable_quietly(struct vcpu *self, uint64_t b, uint32_t bits, bool enable)
{
	struct vgic_vm *vgic = vgic_vm(self->vm);
	struct vgic_bank *bank = &self->vm->arch.vgic.spis[b - 1];
	uint32_t hardware = self->vm->arch.vgic.hardware[b];
	uint32_t owned = hardware | self->vm->arch.vgic.emulated[b];
	uint32_t old;
	bool quiet;

	lock_acquire(&vgic->lock);
	old = vgic_load(bank->enabled);
	bits &= owned & (enable ? ~old : old);
	quiet = !(bits & (hardware | bank->held | bank->line | vgic_load(bank->pending)));
	if (__builtin_expect(quiet, true))
		vgic_store(bank->enabled, old ^ bits);
	lock_release(&vgic->lock);
	return quiet;
}

HOT("GICD_ICENABLER write")
enum mmio_result vgic_enable_write(struct vcpu *self, uint64_t b, uint32_t reg, uint32_t value)
{
	if (enable_quietly(self, b, value, reg == GIC_ISENABLER))
		return MMIO_DONE;
	return vgic_bank_write(self, self, (uint32_t)b, reg, value);
}
