/* SPDX-License-Identifier: Apache-2.0 */
/* What a vCPU's own pCPU does when the guest turns it off or suspends it. The other functions of
 * life.c are in hyp/arch.h. */
#ifndef PINION_LIFE_H
#define PINION_LIFE_H

#include <stdint.h>

struct vcpu;

/* CPU_OFF: takes the guest off this pCPU. Its list registers are empty and its timers and PMU are
 * silent afterwards; its pending interrupts stay pending. */
void vcpu_power_down(struct vcpu *vcpu);

/* CPU_SUSPEND: sleeps until an interrupt is pending, and not at all if one is pending already. */
void vcpu_standby(struct vcpu *vcpu);

#endif
