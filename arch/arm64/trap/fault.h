/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a guest that went wrong; that of a hypervisor that did is arch_panic() in hyp/arch.h.
 */
#ifndef PINION_FAULT_H
#define PINION_FAULT_H

#include <stdint.h>

struct guest_frame;
struct vcpu;

/*
 * Reports what the guest did (`reason`, and ESR_EL2 decoded) with its registers, and stops its VM
 * as crashed. `frame` is complete.
 */
_Noreturn void vm_fault(
	struct vcpu *vcpu, const struct guest_frame *frame, uint64_t esr, const char *reason);

#endif
