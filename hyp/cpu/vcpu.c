/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu/vcpu.h"

/* Apart, so that the usual way needs no stack frame. */
static __attribute__((noinline)) void kick_again(const struct vcpu_config *target)
{
	if (!arch_kick_reaches(target))
		arch_kick(target);
}

void vcpu_request(const struct vcpu_config *target, uint32_t bits)
{
	/*
	 * Release: what the bits are about is there before them. Pairs with the acquiring exchange
	 * by which the target takes the word after it has acknowledged the kick: bits found set
	 * mean that exchange, and its kick, are to come.
	 */
	if (atomic_fetch_or_explicit(&target->shared->requests, bits, memory_order_release) == 0)
		arch_kick(target);
	else
		kick_again(target);
}
