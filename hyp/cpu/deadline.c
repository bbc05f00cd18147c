/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a pCPU's deadlines, and sets EL2's timer for the first of them. */
#include "cpu/deadline.h"

#include "arch.h"
#include "cpu/vcpu.h"

uint64_t deadline_of(const struct vcpu *vcpu, enum deadline which)
{
	return ~vcpu->deadlines[which];
}

void deadline_set(struct vcpu *vcpu, enum deadline which, uint64_t at)
{
	uint64_t first = TIMER_NEVER;

	vcpu->deadlines[which] = ~at;
	for (uint32_t i = 0; i < DEADLINES; i++)
		if (deadline_of(vcpu, i) < first)
			first = deadline_of(vcpu, i);
	arch_timer_set(first);
}
