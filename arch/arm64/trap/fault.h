/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a guest that made a mistake which it cannot survive. A mistake of the hypervisor
 * itself ends in arch_panic() (hyp/arch.h). */
#ifndef PINION_FAULT_H
#define PINION_FAULT_H

#include <stdint.h>

struct guest_frame;
struct vcpu;

/* Prints a report with `reason`, the decoded syndrome `esr` (ESR_EL2) and the guest's registers,
 * and stops the VM of `vcpu` as crashed. On the vCPU's own pCPU; `frame` is complete. */
_Noreturn void vm_fault(
	struct vcpu *vcpu, const struct guest_frame *frame, uint64_t esr, const char *reason);

#endif
