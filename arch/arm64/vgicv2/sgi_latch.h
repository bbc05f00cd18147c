/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGIs on their way from the latch in the bank to a list register, and back. On a GICv2 an SGI is
 * pending once for each vCPU that sent it (vgic_own.h). A list register has room for one of them.
 * If others wait, it asks to be told of its end by LR_EOI, so that the next one follows.
 *
 * On the vCPU's own pCPU. Other vCPUs add senders at any time, and set the latch after that. So EL2
 * clears the latch before it looks at the senders, and sets it again if some are left.
 */
#ifndef PINION_SGI_LATCH_H
#define PINION_SGI_LATCH_H

#include "ich.h"
#include "vgic/bank.h"

static inline bool is_sgi(uint32_t b, uint32_t i)
{
	return b == 0 && i < SGI_COUNT;
}

/* Clears the latch of SGI `i` and takes one of its senders. Returns its list register, without
 * priority and group, or 0 if there is no sender: another SGI took it along. */
static inline lr_t sgi_take(struct vgic_cpu *cpu, uint32_t i, uint32_t bit)
{
	_Atomic uint8_t *waiting = &cpu->own.senders[i];
	lr_t lr = i | LR_PENDING;
	uint32_t senders, one;

	vgic_pending_clear(&cpu->bank, bit);
	senders = vgic_load(*waiting);
	if (!senders)
		return 0;
	one = senders & -senders;
	/* acquire pairs with the release of the sender, whose latch may be set later */
	senders = atomic_fetch_and_explicit(waiting, (uint8_t)~one, memory_order_acquire) & ~one;
	if (senders) {
		vgic_pending_set(&cpu->bank, bit);
		lr |= LR_EOI;
	}
	return lr | vgic_lowest(one) << LR_SOURCE_SHIFT;
}

/* False if interrupt `i` of bank `b`, which the latch says is pending, is an SGI that nobody has
 * sent: the latch was set late, and another SGI took it along. */
static inline bool latch_holds(struct vgic_cpu *cpu, uint32_t b, uint32_t i)
{
	if (!is_sgi(b, i) || vgic_load(cpu->own.senders[i]))
		return true;
	vgic_pending_clear(&cpu->bank, 1u << i);
	if (!vgic_load(cpu->own.senders[i]))
		return false;
	vgic_pending_set(&cpu->bank, 1u << i);
	return true;
}

/* Clears the latch of interrupt `i` of bank `b`, which goes to a list register; latch_holds() is
 * true. Returns what the list register has besides. */
static inline lr_t latch_take(struct vgic_cpu *cpu, struct vgic_bank *bank, uint32_t b, uint32_t i)
{
	if (is_sgi(b, i))
		return sgi_take(cpu, i, 1u << i);
	vgic_pending_clear(bank, 1u << i);
	return 0;
}

/* True if interrupt `i` of bank `b` is an SGI. It stays in its latch until list register `n`, which
 * has it as `lr`, is empty, unless it is pending there of the same sender. */
static inline bool sgi_waits(struct vgic_cpu *cpu, uint32_t b, uint32_t i, uint32_t n, lr_t lr)
{
	if (!is_sgi(b, i))
		return false;
	if (lr & LR_PENDING)
		atomic_fetch_and_explicit(&cpu->own.senders[i], (uint8_t) ~(1u << LR_SOURCE(lr)),
			memory_order_relaxed);
	if (latch_holds(cpu, b, i))
		ich_set_lr(n, lr | LR_EOI);
	return true;
}

/* The pending state of `lr` goes back to the latch. True if it is an SGI, and so was latched. */
static inline bool sgi_restore(struct vgic_cpu *cpu, lr_t lr)
{
	if (LR_INTID(lr) >= SGI_COUNT)
		return false;
	atomic_fetch_or_explicit(&cpu->own.senders[LR_INTID(lr)], (uint8_t)(1u << LR_SOURCE(lr)),
		memory_order_relaxed);
	return true;
}

#endif
