/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a vCPU for something, by its request word and a kick. */
#include "cpu/vcpu.h"

#include "speed.h"

/*
 * The word was not empty, so a kick is under way. If kicks do not reach `target`, kicks again, as
 * that makes a device of its VM interrupt the guest for the new request.
 */
COLD("SGI to a CPU that spins")
static void kick_again(const struct vcpu_config *target)
{
	if (!arch_kick_reaches(target))
		arch_kick(target);
}

void vcpu_request(const struct vcpu_config *target, uint32_t bits)
{
	/*
	 * Release: the target sees what the bits are about before it sees the bits. Pairs with the
	 * acquire of the exchange by which the target takes the word, after it has acknowledged the
	 * kick. If this pCPU finds a bit set, that exchange is still to come, and so is its kick.
	 */
	if (atomic_fetch_or_explicit(&target->shared->requests, bits, memory_order_release) == 0)
		arch_kick(target);
	else
		kick_again(target);
}
