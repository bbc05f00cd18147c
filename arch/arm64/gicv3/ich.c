/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses list registers by number. An instruction names its register, so each has its own. */
#include "ich.h"

#define EACH_LR(X)                                                                                 \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

uint64_t ich_lr(unsigned n)
{
#define READ(i)                                                                                    \
	case i:                                                                                    \
		return read_sysreg(ich_lr##i##_el2);
	switch (n) {
		EACH_LR(READ)
	default:
		__builtin_unreachable();
	}
}

void ich_set_lr(unsigned n, uint64_t value)
{
#define WRITE(i)                                                                                   \
	case i:                                                                                    \
		write_sysreg(ich_lr##i##_el2, value);                                              \
		break;
	switch (n) {
		EACH_LR(WRITE)
	default:
		__builtin_unreachable();
	}
	isb(); /* the caller may read ICH_ELRSR_EL2 or ICH_EISR_EL2 next, which change with it */
}
