/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 aborts: accesses to emulated devices, and to addresses that nothing answers. Data aborts:
 * see entry.h. */
#ifndef PINION_ABORT_H
#define PINION_ABORT_H

#include <stdint.h>

struct guest_frame;
struct vcpu;

/* An instruction fetch that stage 2 refused; `esr` is ESR_EL2, `frame` is complete. */
void instruction_abort(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame);

#endif
