/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bank: the state of 32 INTIDs outside of list registers (struct vgic_bank), and the registers of
 * the virtual GIC that have one bit of it for each INTID.
 *
 * `b` is the number of a bank, which has INTIDs 32 * b to 32 * b + 31. `self` is the vCPU of this
 * pCPU. `target` is the vCPU whose private interrupts are meant if `b` is 0.
 */
#ifndef PINION_BANK_H
#define PINION_BANK_H

#include <stddef.h>

#include "cpu/vcpu.h"
#include "gic/gic_regs.h"
#include "ich_regs.h"
#include "speed.h"
#include "vgic/state.h"
#include "vm/vm.h"

#define VGIC_SGIS 0xffffu

#define vgic_load(word)         atomic_load_explicit(&(word), memory_order_relaxed)
#define vgic_store(word, value) atomic_store_explicit(&(word), (value), memory_order_relaxed)

static inline uint32_t vgic_lowest(uint32_t bits)
{
	return (uint32_t)__builtin_ctz(bits);
}

static inline struct vgic_vm *vgic_vm(const struct vm_config *vm)
{
	return &vm->state->arch.vgic;
}

/* Bank `b` of `target`'s VM, or the private bank of `target`. */
ALWAYS_INLINE("GICD_ISENABLER read")
static inline struct vgic_bank *vgic_bank(struct vcpu *target, uint32_t b)
{
	return b ? &target->vm->arch.vgic.spis[b - 1] : &target->arch.vgic.bank;
}

/* True if the distributor's frame has bank `b`. As ARE is 1, the redistributors have bank 0. */
static inline bool vgic_is_spi_bank(const struct vm_config *vm, uint32_t b)
{
	return b - 1 < vm->arch.vgic.banks - 1;
}

/* The interrupts of bank `b` that have a physical one behind them. */
static inline uint32_t vgic_hardware(const struct vm_config *vm, uint32_t b)
{
	return vm->arch.vgic.hardware[b];
}

/* The interrupts of bank `b` that the VM has. */
static inline uint32_t vgic_owned(const struct vm_config *vm, uint32_t b)
{
	return vm->arch.vgic.hardware[b] | vm->arch.vgic.emulated[b] | (b ? 0 : VGIC_SGIS);
}

/*
 * Set and clear latches. Senders of SGIs set them without the VM's lock, and the target's own pCPU
 * clears its private ones without it, hence the read-modify-write.
 *
 * The release of vgic_pending_set() pairs with the acquire of vgic_pending_clear(). A target that
 * clears the bits of two senders, but took the request of one, sees all that both wrote before.
 */
static inline void vgic_pending_set(struct vgic_bank *bank, uint32_t bits)
{
	atomic_fetch_or_explicit(&bank->pending, bits, memory_order_release);
}

static inline void vgic_pending_clear(struct vgic_bank *bank, uint32_t bits)
{
	atomic_fetch_and_explicit(&bank->pending, ~bits, memory_order_acquire);
}

/* The interrupts that the distributor forwards if they are pending: enabled, in a group that is
 * enabled, and routed to a vCPU of the VM. */
static inline uint32_t vgic_forwarded(const struct vm_config *vm, const struct vgic_bank *bank)
{
	uint32_t ctlr = vgic_load(vgic_vm(vm)->ctlr);
	uint32_t group = vgic_load(bank->group);

	return vgic_load(bank->enabled) & bank->routed &
	       ((ctlr & GICD_CTLR_GRP1 ? group : 0) | (ctlr & GICD_CTLR_GRP0 ? ~group : 0));
}

/*
 * The interrupts that are pending outside of list registers. `hardware`: vgic_hardware() of the
 * bank. A latch of a hardware interrupt does not count: the hardware has it, too, and EL2 takes it
 * there.
 */
static inline uint32_t vgic_pending(const struct vgic_bank *bank, uint32_t hardware)
{
	return (vgic_load(bank->pending) & ~hardware) |
	       (bank->line & (hardware | ~vgic_load(bank->edge)));
}

/* The VM's lock is held for all that follows, up to vgic_hold(). */

/* The SPIs of bank `b` that `self` holds. A private interrupt is always held by its vCPU. */
static inline uint32_t vgic_holds(const struct vcpu *self, const struct vgic_bank *bank, uint32_t b)
{
	uint32_t result = bank->held;

	if (b == 0)
		return UINT32_MAX;
	for (uint32_t left = result; left; left &= left - 1)
		if (bank->holder[vgic_lowest(left)] != self->config->index)
			result &= ~(left & -left);
	return result;
}

/* The interrupts of which other vCPUs have asked the holder for something. */
static inline uint32_t vgic_wanted(const struct vgic_bank *bank)
{
	return bank->want_not_pending | bank->want_pending | bank->want_inactive |
	       bank->want_active;
}

/* Makes `self` the holder of SPI `i` of a bank, and publishes it as pending and not active. */
static inline void vgic_hold(const struct vcpu *self, struct vgic_bank *bank, uint32_t i)
{
	bank->held |= 1u << i;
	bank->holder[i] = (uint16_t)self->config->index;
	bank->published_pending |= 1u << i;
	bank->published_active &= ~(1u << i);
}

/* Implemented in bank.c. */

/* Publishes the states of the interrupts that `self` holds of bank `b`. With the VM's lock held. */
void vgic_bank_publish(struct vcpu *self, uint32_t b);

/* Deactivates the interrupts in `bits`, or asks their holders to. With the VM's lock held. */
void vgic_bank_deactivate(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* Reads GIC_IGROUPR, GIC_ISENABLER or GIC_ICENABLER of a bank. */
static inline uint32_t vgic_config_read(const struct vgic_bank *bank, uint32_t reg)
{
	return reg == GIC_IGROUPR ? vgic_load(bank->group) : vgic_load(bank->enabled);
}

/*
 * Read and write a register of bank `b` from GIC_IGROUPR to GIC_ICACTIVER; `reg` is its offset in
 * bank 0. They take the VM's lock. MMIO_RETRY: the guest has to execute the access again, as
 * another pCPU has yet to publish a state or to take an interrupt.
 */
enum mmio_result vgic_bank_read(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t reg, uint64_t *value);
enum mmio_result vgic_bank_write(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t reg, uint32_t value);

/* Writes GIC_ISENABLER or GIC_ICENABLER of SPIs, the registers that guests write most often. */
enum mmio_result vgic_enable_write(struct vcpu *self, uint64_t b, uint32_t reg, uint32_t value);

#endif
