/* SPDX-License-Identifier: Apache-2.0 */
/* System registers that trap to EL2. */
#ifndef PINION_TRAP_H
#define PINION_TRAP_H

#include <stdint.h>

/* A system register as the ISS of exception class 0x18 names it (DDI 0487, ESR_EL2): op0 [21:20], op2 [19:17], op1
 * [16:14], CRn [13:10], Rt [9:5], CRm [4:1], direction [0]. */
#define SYSREG(op0, op1, crn, crm, op2) ((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)

#define SYSREG_ICC_PMR    SYSREG(3, 0, 4, 6, 0)
#define SYSREG_ICC_DIR    SYSREG(3, 0, 12, 11, 1)
#define SYSREG_ICC_RPR    SYSREG(3, 0, 12, 11, 3)
#define SYSREG_ICC_SGI1R  SYSREG(3, 0, 12, 11, 5)
#define SYSREG_ICC_ASGI1R SYSREG(3, 0, 12, 11, 6)
#define SYSREG_ICC_SGI0R  SYSREG(3, 0, 12, 11, 7)
#define SYSREG_ICC_CTLR   SYSREG(3, 0, 12, 12, 4)

struct guest_frame;
struct vcpu;

/* An MSR, MRS or system instruction (exception class 0x18), executed or answered as UNDEFINED. From vectors.S. */
void sysreg_trap(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);

#endif
