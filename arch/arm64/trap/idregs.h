/* SPDX-License-Identifier: Apache-2.0 */
/* The ID registers that a guest reads: op0 = 3, op1 = 0, CRn = 0, CRm = 1 to 7. */
#ifndef PINION_IDREGS_H
#define PINION_IDREGS_H

#include <stdbool.h>
#include <stdint.h>

/* True if this pCPU has a feature that EL2 hides from guests, so that their reads of ID registers
 * have to trap (HCR_EL2.TID3). */
bool idregs_hide_something(void);

/* ID register `crm` (1 to 7), `op2` (0 to 7) of this pCPU as a guest reads it. Reserved registers
 * read as zero. */
uint64_t idregs_read(unsigned crm, unsigned op2);

/* Limits each 4-bit field of `value` to that of `limit`: 0xf lets the field pass as it is, and any
 * smaller number is its maximum. */
uint64_t idregs_limit(uint64_t value, uint64_t limit);

#endif
