/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest reads from the ID registers (op0 = 3, op1 = 0, CRn = 0, CRm = 1..7). */
#ifndef PINION_IDREGS_H
#define PINION_IDREGS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * True if this pCPU has a feature that no guest gets, so that its ID registers have to trap
 * (HCR_EL2.TID3).
 */
bool idregs_hide_something(void);

/*
 * The value of ID register CRm, op2 as the guest reads it; reserved registers read as zero. CRm
 * 1..7, op2 0..7.
 */
uint64_t idregs_read(unsigned crm, unsigned op2);

/*
 * Each field of `value` cut down to what `limit` allows: 0xf passes it as it is, any smaller number
 * is its maximum.
 */
uint64_t idregs_limit(uint64_t value, uint64_t limit);

#endif
