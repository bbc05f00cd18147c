/* SPDX-License-Identifier: Apache-2.0 */
/* SGIs on their way from the latch in the bank to a list register, and back. On a GICv3 the latch
 * is all there is of them, and they move as other interrupts do. On the vCPU's own pCPU. */
#ifndef PINION_SGI_LATCH_H
#define PINION_SGI_LATCH_H

#include "vgic/bank.h"

/* Takes SGI `i`, whose `bit` is set in the latch. Returns its list register, without priority and
 * group, or 0 if it is not pending after all. */
static inline lr_t sgi_take(struct vgic_cpu *cpu, uint32_t i, uint32_t bit)
{
	vgic_pending_clear(&cpu->bank, bit);
	return i | LR_PENDING;
}

/* False if interrupt `i` of bank `b`, which the latch says is pending, is an SGI and is not. */
static inline bool latch_holds(struct vgic_cpu *cpu, uint32_t b, uint32_t i)
{
	(void)cpu;
	(void)b;
	(void)i;
	return true;
}

/* Clears the latch of interrupt `i` of bank `b`, which goes to a list register. Returns what the
 * list register has besides. */
static inline lr_t latch_take(struct vgic_cpu *cpu, struct vgic_bank *bank, uint32_t b, uint32_t i)
{
	(void)cpu;
	(void)b;
	vgic_pending_clear(bank, 1u << i);
	return 0;
}

/* True if interrupt `i` of bank `b` is an SGI that waits until list register `n` is empty. */
static inline bool sgi_waits(struct vgic_cpu *cpu, uint32_t b, uint32_t i, uint32_t n, lr_t lr)
{
	(void)cpu;
	(void)b;
	(void)i;
	(void)n;
	(void)lr;
	return false;
}

/* The pending state of `lr` goes back to the latch. True if it is an SGI, and so was latched. */
static inline bool sgi_restore(struct vgic_cpu *cpu, lr_t lr)
{
	(void)cpu;
	(void)lr;
	return false;
}

#endif
