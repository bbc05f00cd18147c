/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction syndrome of a data abort: ESR_ELx.ISS (Arm ARM D17.2.37, ISS of a Data Abort). */
#ifndef PINION_ISS_H
#define PINION_ISS_H

#include <stdbool.h>
#include <stdint.h>

/* The load or store that a data abort interrupted. */
struct iss {
	uint8_t size; /* bytes: 1, 2, 4 or 8 */
	uint8_t reg;  /* general register, 31 is XZR */
	bool write;
	bool sign_extend; /* of what is read, up to the width of the register */
	bool wide;        /* the register is X, not W */
};

/* False: the syndrome does not describe the access (ISV = 0: a pair, write-back, SIMD, cache maintenance, ...). */
static inline bool iss_decode(uint64_t esr, struct iss *iss)
{
	iss->size = (uint8_t)(1u << (esr >> 22 & 3));
	iss->sign_extend = esr >> 21 & 1;
	iss->reg = esr >> 16 & 31;
	iss->wide = esr >> 15 & 1;
	iss->write = esr >> 6 & 1;
	return esr >> 24 & 1;
}

/* The low `size` bytes of a register: what a store writes. */
static inline uint64_t iss_truncate(const struct iss *iss, uint64_t value)
{
	return value & ~0ull >> (64 - 8u * iss->size);
}

/* What a load of the zero-extended `value` leaves in the register. */
static inline uint64_t iss_extend(const struct iss *iss, uint64_t value)
{
	if (iss->sign_extend) {
		unsigned shift = 64u - 8u * iss->size;

		value = (uint64_t)((int64_t)(value << shift) >> shift);
	}
	return iss->wide ? value : (uint32_t)value;
}

#endif
