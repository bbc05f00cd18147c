/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 aborts: accesses to emulated devices, and to addresses that nothing answers. */
#ifndef PINION_ABORT_H
#define PINION_ABORT_H

#include <stdint.h>

struct guest_frame;
struct vcpu;

void data_abort(struct vcpu *vcpu, struct guest_frame *frame, uint64_t esr);
void instruction_abort(struct vcpu *vcpu, struct guest_frame *frame, uint64_t esr);

#endif
