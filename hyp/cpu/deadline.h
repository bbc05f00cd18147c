/* SPDX-License-Identifier: Apache-2.0 */
/* What EL2's timer of a pCPU is set for: the first of its deadlines. */
#ifndef PINION_DEADLINE_H
#define PINION_DEADLINE_H

#include <stdint.h>

struct vcpu;

enum deadline {
	DEADLINE_WATCHDOG, /* of the VM whose vCPU 0 it is */
	DEADLINE_CONSOLE,  /* on the pCPU with the UART: what may not be done by those whose it is,
	                      input and output */
	DEADLINES
};

/* The counter's value at which it is due, or TIMER_NEVER. On the vCPU's own pCPU, as the next. */
uint64_t deadline_of(const struct vcpu *vcpu, enum deadline which);

/* Moves it, and the timer. */
void deadline_set(struct vcpu *vcpu, enum deadline which, uint64_t at);

#endif
