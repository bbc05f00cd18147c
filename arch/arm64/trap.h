/* SPDX-License-Identifier: Apache-2.0 */
/* System registers that trap to EL2. */
#ifndef PINION_TRAP_H
#define PINION_TRAP_H

#include <stdint.h>

struct guest_frame;
struct vcpu;

/* An MSR, MRS or system instruction (exception class 0x18), executed or answered as UNDEFINED. From vectors.S. */
void sysreg_trap(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);

#endif
