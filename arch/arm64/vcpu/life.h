/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU between its lives. All act on the pCPU that they run on; the rest of the contract is in
 * hyp/arch.h.
 */
#ifndef PINION_LIFE_H
#define PINION_LIFE_H

#include <stdint.h>

struct vcpu;

/*
 * CPU_OFF: the guest no longer runs here; list registers and timers are quiet, pending interrupts
 * are kept.
 */
void vcpu_power_down(struct vcpu *vcpu);

/* CPU_SUSPEND: waits for an interrupt, unless one is waiting already. */
void vcpu_standby(struct vcpu *vcpu);

#endif
