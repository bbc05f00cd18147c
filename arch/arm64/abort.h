/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 aborts: accesses to emulated devices, and to addresses that nothing answers. `esr` is ESR_EL2. */
#ifndef PINION_ABORT_H
#define PINION_ABORT_H

#include <stdint.h>

struct guest_frame;
struct vcpu;

/* From vectors.S. `frame` is complete if the syndrome gives no register. */
void data_abort(struct guest_frame *frame, uint64_t esr);

void instruction_abort(struct vcpu *vcpu, uint64_t esr);

#endif
