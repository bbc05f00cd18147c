/* SPDX-License-Identifier: Apache-2.0 */
/* System registers that trap to EL2. */
#ifndef PINION_TRAP_H
#define PINION_TRAP_H

#include <stdint.h>

struct guest_frame;

/* An MSR, MRS or system instruction (exception class 0x18), executed or answered as UNDEFINED. From vectors.S. */
void sysreg_trap(struct guest_frame *frame, uint64_t esr);

#endif
