/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 aborts of the guest. entry.h has the functions for data aborts, which vectors.S calls. */
#ifndef PINION_ABORT_H
#define PINION_ABORT_H

#include <stdint.h>

struct guest_frame;
struct vcpu;

/*
 * Answers an instruction fetch that stage 2 refused: by an external abort in the guest, or by
 * vm_fault() if the guest's exception vectors are what cannot be fetched. On the vCPU's own pCPU;
 * `esr` is ESR_EL2, and `frame` is complete.
 */
void instruction_abort(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame);

#endif
