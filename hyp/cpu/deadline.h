/* SPDX-License-Identifier: Apache-2.0 */
/* A pCPU's deadlines. EL2's timer of the pCPU is set for the first of them. */
#ifndef PINION_DEADLINE_H
#define PINION_DEADLINE_H

#include <stdint.h>

struct vcpu;

enum deadline {
	/* On the pCPU of vCPU 0: the watchdog of its VM. */
	DEADLINE_WATCHDOG,
	/*
	 * On the pCPU that takes the UART's interrupt: to look at input and output that other pCPUs
	 * may leave undone.
	 */
	DEADLINE_CONSOLE,
	DEADLINES
};

/*
 * The value of the system counter at which a deadline is due; TIMER_NEVER if it is not set. On the
 * pCPU of `vcpu`.
 */
uint64_t deadline_of(const struct vcpu *vcpu, enum deadline which);

/*
 * Sets a deadline to the counter value `at`, or clears it (TIMER_NEVER), and sets EL2's timer to
 * match. On the pCPU of `vcpu`.
 */
void deadline_set(struct vcpu *vcpu, enum deadline which, uint64_t at);

#endif
