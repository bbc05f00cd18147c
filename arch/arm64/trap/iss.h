/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction syndrome of a data abort whose ISV is set: ESR_ELx.ISS (DDI 0487, ISS encoding for a Data Abort). */
#ifndef PINION_ISS_H
#define PINION_ISS_H

#include <stdint.h>

#define ISS_WIDE        (1u << 15) /* the register is X, not W */
#define ISS_SIGN_EXTEND (1u << 21) /* of what is read, up to the width of the register */

/* Bytes: 1, 2, 4 or 8. */
static inline unsigned iss_size(uint64_t esr)
{
	return 1u << (esr >> 22 & 3);
}

/* General register, 31 is XZR. */
static inline uint64_t iss_register(uint64_t esr)
{
	return esr >> 16 & 31;
}

/* The bytes of a register that a store writes. */
static inline uint64_t iss_truncate(uint64_t esr, uint64_t value)
{
	unsigned shift = -8u * iss_size(esr) & 63; /* 64 - 8 * size */

	return value << shift >> shift;
}

/* What a load of the zero-extended `value` leaves in the register. */
static inline uint64_t iss_extend(uint64_t esr, uint64_t value)
{
	if (esr & ISS_SIGN_EXTEND) {
		unsigned shift = -8u * iss_size(esr) & 63;

		value = (uint64_t)((int64_t)(value << shift) >> shift);
	}
	return esr & ISS_WIDE ? value : (uint32_t)value;
}

#endif
