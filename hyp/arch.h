/* SPDX-License-Identifier: Apache-2.0 */
/* What hyp/ asks of the architecture. Nothing else of arch/ is visible there; host tests bring their own. */
#ifndef PINION_ARCH_H
#define PINION_ARCH_H

#include <stdint.h>

#include "arch_cpu.h"
#include "config.h"

struct vcpu;

/* arch_cpu.h, inline: struct arch_vcpu, this_vcpu(), cpu_relax() (the body of a spin loop), cpu_wait_event() (WFE) and
 * cpu_send_event() (SEV). */

/*
 * Makes `target`'s pCPU look at its work word: leaves the guest, or wakes up in EL2. All stores made before are visible
 * to it by then. From any pCPU, also for a vCPU of another VM.
 */
void arch_kick(const struct vcpu_config *target);

/*
 * The line of an emulated device of `vm` (SPI, by INTID) goes to `level`. On a pCPU of that VM, with the device's lock
 * held. Kicks the vCPU that the guest routed the interrupt to.
 */
void arch_set_interrupt_line(const struct vm_config *vm, uint32_t intid, bool level);

#endif
