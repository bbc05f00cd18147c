/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bank: the state of 32 INTIDs outside of list registers, and the registers of the virtual GIC
 * that show one bit of it each. `b` is the bank's number: INTIDs 32 * b to 32 * b + 31. `self` is
 * the vCPU of this pCPU; `target` is the one whose private interrupts are meant if `b` is 0.
 */
#ifndef PINION_BANK_H
#define PINION_BANK_H

#include <stddef.h>

#include "cpu/vcpu.h"
#include "gic/gic_regs.h"
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

/* The bank of `target`, or the VM's. This and others are inlined where the code is built for size,
 * too. */
static inline __attribute__((always_inline)) struct vgic_bank *vgic_bank(
	struct vcpu *target, uint32_t b)
{
	return b ? &target->vm->arch.vgic.spis[b - 1] : &target->arch.vgic.bank;
}

/* Banks of the distributor's frame: with ARE, SGIs and PPIs are in the redistributors. */
static inline bool vgic_is_spi_bank(const struct vm_config *vm, uint32_t b)
{
	return b - 1 < vm->arch.vgic.banks - 1;
}

static inline uint32_t vgic_hardware(const struct vm_config *vm, uint32_t b)
{
	return vm->arch.vgic.hardware[b];
}

/* INTIDs that the VM has. */
static inline uint32_t vgic_owned(const struct vm_config *vm, uint32_t b)
{
	return vm->arch.vgic.hardware[b] | vm->arch.vgic.emulated[b] | (b ? 0 : VGIC_SGIS);
}

/*
 * The latch of `pending`. SGIs are set without the VM's lock, hence read-modify-write. Release and
 * acquire pair with each other: who takes a second sender's bit along with the first's has what
 * that sender wrote before.
 */
static inline void vgic_pending_set(struct vgic_bank *bank, uint32_t bits)
{
	atomic_fetch_or_explicit(&bank->pending, bits, memory_order_release);
}

static inline void vgic_pending_clear(struct vgic_bank *bank, uint32_t bits)
{
	atomic_fetch_and_explicit(&bank->pending, ~bits, memory_order_acquire);
}

/* Interrupts that the distributor lets through when they are pending. */
static inline uint32_t vgic_forwarded(const struct vm_config *vm, const struct vgic_bank *bank)
{
	uint32_t ctlr = vgic_load(vgic_vm(vm)->ctlr);
	uint32_t group = vgic_load(bank->group);

	return vgic_load(bank->enabled) & bank->routed &
	       ((ctlr & GICD_CTLR_GRP1 ? group : 0) | (ctlr & GICD_CTLR_GRP0 ? ~group : 0));
}

/* Interrupts that are pending outside of list registers. The latch of a hardware interrupt is its
 * hardware's. */
static inline __attribute__((always_inline)) uint32_t vgic_pending(
	const struct vgic_bank *bank, uint32_t hardware)
{
	return (vgic_load(bank->pending) & ~hardware) |
	       (bank->line & (hardware | ~vgic_load(bank->edge)));
}

/* What follows wants the VM's lock. */

/* SPIs of bank `b` that `self` holds; private ones are always held by theirs. */
static inline __attribute__((always_inline)) uint32_t vgic_holds(
	const struct vcpu *self, const struct vgic_bank *bank, uint32_t b)
{
	uint32_t result = bank->held;

	if (b == 0)
		return UINT32_MAX;
	for (uint32_t left = result; left; left &= left - 1)
		if (bank->holder[vgic_lowest(left)] != self->config->index)
			result &= ~(left & -left);
	return result;
}

/* Interrupts that others have asked something about. */
static inline uint32_t vgic_wanted(const struct vgic_bank *bank)
{
	return bank->want_not_pending | bank->want_pending | bank->want_inactive |
	       bank->want_active;
}

/* `self` takes hold of interrupt `i`, which is pending and not active. */
static inline void vgic_hold(const struct vcpu *self, struct vgic_bank *bank, uint32_t i)
{
	bank->held |= 1u << i;
	bank->holder[i] = (uint16_t)self->config->index;
	bank->published_pending |= 1u << i;
	bank->published_active &= ~(1u << i);
}

/* bank.c: the registers. */

/* Publishes what this vCPU holds of bank `b`. With the VM's lock held. */
void vgic_bank_publish(struct vcpu *self, uint32_t b);

/* These interrupts become inactive, whoever holds them. With the VM's lock held. */
void vgic_bank_deactivate(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* GIC_IGROUPR, GIC_ISENABLER or GIC_ICENABLER. */
static inline uint32_t vgic_config_read(const struct vgic_bank *bank, uint32_t reg)
{
	return reg == GIC_IGROUPR ? vgic_load(bank->group) : vgic_load(bank->enabled);
}

/* A register of GIC_IGROUPR to GIC_ICACTIVER, by its offset in bank 0. */
enum mmio_result vgic_bank_read(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t reg, uint64_t *value);
enum mmio_result vgic_bank_write(
	struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t reg, uint32_t value);

/* GIC_ISENABLER or GIC_ICENABLER of SPIs: what drivers, and Linux while it boots, write most
 * often. */
enum mmio_result vgic_enable_write(struct vcpu *self, uint64_t b, uint32_t reg, uint32_t value);

#endif
