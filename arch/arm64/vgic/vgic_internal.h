/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the virtual GIC share. `b` is a bank: INTIDs 32 * b to 32 * b + 31. */
#ifndef PINION_VGIC_INTERNAL_H
#define PINION_VGIC_INTERNAL_H

#include <stddef.h>

#include "gic/gic_regs.h"
#include "gic/ich.h"
#include "vgic/vgic.h"
#include "vm/vcpu.h"
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

/* The virtual CPU interface of this pCPU as out of reset, with its maintenance interrupts off. */
static inline void vgic_reset_interface(void)
{
	unsigned bits = ICH_VTR_PREBITS(ich_vtr());
	uint64_t bpr0 = 7 - bits;

	ich_set_hcr(0);
	ich_clear_active_priorities(bits);
	ich_set_vmcr(ICH_VMCR_VFIQEN | bpr0 << ICH_VMCR_VBPR0_SHIFT | (bpr0 + 1) << ICH_VMCR_VBPR1_SHIFT);
	icc_enable_guest();
}

/* The bank of `target`, or the VM's. This and others are inlined where the code is built for size, too. */
static inline __attribute__((always_inline)) struct vgic_bank *vgic_bank(struct vcpu *target, uint32_t b)
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
	return vm->arch.vgic.hardware[b] | vm->arch.vgic.software[b] | (b ? 0 : VGIC_SGIS);
}

/* MPIDR_EL1 as one word: Aff3.Aff2.Aff1.Aff0 */
static inline uint32_t vgic_affinity(uint64_t mpidr)
{
	return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 8 & 0xff000000);
}

/* The vCPU with this affinity; null if the VM has none. */
const struct vcpu_config *vgic_find_vcpu(const struct vm_config *vm, uint32_t affinity);

/*
 * The latch of `pending`. SGIs are set without the VM's lock, hence read-modify-write. Release and acquire pair with
 * each other: who takes a second sender's bit along with the first's has what that sender wrote before.
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

/* Interrupts that are pending outside of list registers. The latch of a hardware interrupt is its hardware's. */
static inline __attribute__((always_inline)) uint32_t vgic_pending(const struct vgic_bank *bank, uint32_t hardware)
{
	return (vgic_load(bank->pending) & ~hardware) | (bank->line & (hardware | ~vgic_load(bank->edge)));
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
	return bank->want_not_pending | bank->want_pending | bank->want_inactive | bank->want_active;
}

/* `self` takes hold of interrupt `i`, which is pending and not active. */
static inline void vgic_hold(const struct vcpu *self, struct vgic_bank *bank, uint32_t i)
{
	bank->held |= 1u << i;
	bank->holder[i] = (uint16_t)self->config->index;
	bank->shown_pending |= 1u << i;
	bank->shown_active &= ~(1u << i);
}

/* Marks work of bank `b` for `target`. */
void vgic_poke(struct vcpu *self, struct vcpu *target, uint32_t b);
void vgic_recall(struct vcpu *self, struct vcpu *target, uint32_t b);

/* The state of these interrupts changed: whoever holds one, or is to get it, looks at it. */
void vgic_reconsider(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* The same for a change that takes nothing away: what is in list registers may stay there. */
void vgic_offer(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* Does what is marked for this vCPU: list registers are up to date afterwards. */
void vgic_serve(struct vcpu *self);

/* The same, if anything is marked. */
static inline void vgic_serve_marked(struct vcpu *self)
{
	struct vgic_cpu *cpu = &self->arch.vgic;

	if (vgic_load(cpu->todo) | vgic_load(cpu->recall))
		vgic_serve(self);
}

/* list_registers.c: list registers of this pCPU. */

/* List registers whose interrupt was deactivated are emptied, and active interrupts that had to leave theirs. */
void vgic_list_settle(struct vcpu *self);

/* Takes pending interrupts of bank `b` out of the list registers; what was asked of this vCPU by want_* happens. */
void vgic_list_recall(struct vcpu *self, uint32_t b);

/* Asks for the maintenance interrupts that what waits outside of the list registers needs. */
void vgic_list_control(struct vcpu *self);

/* Puts pending interrupts of these banks into list registers. */
void vgic_list_fill(struct vcpu *self, uint32_t banks);

/* The pending state of list register `n`, which contains `lr`, goes back into its bank. */
void vgic_list_take_out(struct vcpu *self, uint32_t n, uint64_t lr);

/* An active interrupt leaves its list register `n`. */
void vgic_list_evict(struct vcpu *self, uint32_t n);

/* Empties all list registers, for good. */
void vgic_list_drop(struct vcpu *self);

/* The states of bank `b` in the list registers. */
void vgic_list_state(const struct vgic_cpu *cpu, uint32_t b, uint32_t *pending, uint32_t *active);

/* True if this vCPU may deliver interrupt `i` of bank `b` once it is pending. */
static inline bool vgic_list_is_for(struct vcpu *self, uint32_t b, uint32_t i)
{
	const struct vgic_bank *bank = vgic_bank(self, b);

	if (bank->active >> i & 1)
		return false;
	if (b == 0)
		return self->arch.vgic.ready >> i & 1;
	return (vgic_forwarded(self->vm, bank) >> i & 1) &&
	       vgic_load(bank->affinity[i]) == vgic_affinity(self->config->arch.vmpidr);
}

/* The list register that holds `intid`, or -1. */
int vgic_list_find(const struct vgic_cpu *cpu, uint32_t intid);

/* physical_filter.c: the physical GIC, through the mask of what the VM owns. `target` matters in bank 0. */

/* Writes one of the registers whose ones mean something and whose zeros do not. */
void vgic_physical_write(const struct vcpu *target, uint32_t b, uint32_t reg, uint32_t bits);
uint32_t vgic_physical_read(const struct vcpu *target, uint32_t b, uint32_t reg);

/* Enables in hardware what the virtual distributor forwards, disables the rest of `bits`. */
void vgic_physical_enable(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t forwarded);

/* Waits until no interrupt arrives that was disabled before: an SPI, or a private one of `target`. */
void vgic_physical_settle(const struct vcpu *target);

/* Configures `bits` as edge-triggered or level-sensitive; returns what the hardware made of it. */
uint32_t vgic_physical_trigger(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t edge);

void vgic_physical_route(const struct vm_config *vm, uint32_t intid, const struct vcpu_config *to);

/* The virtual GIC_ICFGR number `n`: 16 INTIDs. */
uint32_t vgic_trigger_read(struct vcpu *target, uint32_t n);
void vgic_trigger_write(struct vcpu *self, struct vcpu *target, uint32_t n, uint32_t value);

/* bank.c */

/* Publishes what this vCPU holds of bank `b`. With the VM's lock held. */
void vgic_state_show(struct vcpu *self, uint32_t b);

/* These interrupts become inactive, whoever holds them. With the VM's lock held. */
void vgic_state_deactivate(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t bits);

/* GIC_IGROUPR, GIC_ISENABLER or GIC_ICENABLER. */
static inline uint32_t vgic_config_read(const struct vgic_bank *bank, uint32_t reg)
{
	return reg == GIC_IGROUPR ? vgic_load(bank->group) : vgic_load(bank->enabled);
}

/* A register of GIC_IGROUPR to GIC_ICACTIVER, by its offset in bank 0. */
enum mmio_result vgic_bank_read(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t reg, uint64_t *value);
enum mmio_result vgic_bank_write(struct vcpu *self, struct vcpu *target, uint32_t b, uint32_t reg, uint32_t value);

/* GIC_ISENABLER or GIC_ICENABLER of SPIs: what drivers, and Linux while it boots, write most often. */
enum mmio_result vgic_enable_write(struct vcpu *self, uint64_t b, uint32_t reg, uint32_t value);

/* GIC_IPRIORITYR: `size` bytes from INTID `first` on. */
uint64_t vgic_priority_read(struct vcpu *target, uint32_t first, unsigned size);
void vgic_priority_write(struct vcpu *self, struct vcpu *target, uint32_t first, unsigned size, uint32_t value);

/* GICD_IIDR and GICR_IIDR: product 'P', no implementer code. */
#define VGIC_IIDR 0x50000000u

#endif
