/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions that the guest takes to its own EL1, as if the hardware had raised them (DDI 0487,
 * AArch64.TakeException).
 */
#ifndef PINION_INJECT_H
#define PINION_INJECT_H

#include <stdbool.h>
#include <stdint.h>

/* The trapped instruction is UNDEFINED. */
void inject_undefined(void);

/*
 * Synchronous external abort of the data access or instruction fetch that `esr` (ESR_EL2) and
 * FAR_EL2 describe.
 */
void inject_external_abort(uint64_t esr);

/*
 * PSTATE that the exception starts with: `spsr` of the interrupted code, the guest's SCTLR_EL1, and
 * whether the CPU has PAN and SSBS.
 */
uint64_t inject_pstate(uint64_t spsr, uint64_t sctlr, bool pan, bool ssbs);

/* Offset of the exception's vector from VBAR_EL1 for code interrupted with `spsr`. */
uint64_t inject_vector(uint64_t spsr);

#endif
