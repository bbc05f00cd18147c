/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's registers on the EL2 stack, as the vectors leave them. */
#ifndef PINION_FRAME_H
#define PINION_FRAME_H

#include <stdint.h>

/*
 * Every exit fills x[0..17] and x[30]: what C may clobber. x18 is reserved in the hypervisor
 * (-ffixed-x18) and x19 to x29 are preserved by its functions (AAPCS64, section 6.1.1), so the
 * guest's values stay where they are. Only exits that name one of these as their operand, and those
 * that may end in a report, fill and restore all of it.
 */
struct guest_frame {
	uint64_t x[32]; /* x[31] is XZR: zero when the handler starts, whatever it is left as is
	                   lost */
};

/* What an exception taken from EL2 itself leaves. */
struct panic_frame {
	uint64_t x[31];
	uint64_t sp;
};

#endif
