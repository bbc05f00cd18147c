/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions that EL2 raises in the guest's EL1, by the rules of AArch64.TakeException (DDI 0487).
 * On the guest's own pCPU; the guest takes the exception when EL2 returns to it. */
#ifndef PINION_INJECT_H
#define PINION_INJECT_H

#include <stdbool.h>
#include <stdint.h>

/* Undefined Instruction exception at the trapped instruction, which ELR_EL2 points to. */
void inject_undefined(void);

/* Synchronous external abort of the data access or instruction fetch that `esr` (ESR_EL2) and
 * FAR_EL2 describe. ELR_EL2 points to the instruction. */
void inject_external_abort(uint64_t esr);

/* PSTATE at the start of the exception's handler. `spsr` is PSTATE of the interrupted code, and
 * `sctlr` is SCTLR_EL1; `pan` and `ssbs` say whether the CPU has FEAT_PAN and FEAT_SSBS. */
uint64_t inject_pstate(uint64_t spsr, uint64_t sctlr, bool pan, bool ssbs);

/* Offset of the vector for a synchronous exception from VBAR_EL1. `spsr` is PSTATE of the
 * interrupted code. */
uint64_t inject_vector(uint64_t spsr);

#endif
