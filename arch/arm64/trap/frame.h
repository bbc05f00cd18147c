/* SPDX-License-Identifier: Apache-2.0 */
/* The registers that vectors.S saves on EL2's stack. */
#ifndef PINION_FRAME_H
#define PINION_FRAME_H

#include <stdint.h>

/*
 * The guest's general registers during an exit. Every exit saves x[0] to x[17] and x[30], because C
 * functions may change them. EL2 does not use x18 (-ffixed-x18), and C functions preserve x19 to
 * x29 (AAPCS64, section 6.1.1), so the CPU still has the guest's values. An exit saves and restores
 * these only if the trapped instruction names one of them, or if the exit may end in a report. The
 * frame is complete then.
 */
struct guest_frame {
	/* x[31] is XZR: 0 when the handler starts, and what the handler stores there is lost */
	uint64_t x[32];
};

/* EL2's general registers and SP at an exception in EL2 itself. x[18] is 0, as vectors.S
 * needs x18. */
struct panic_frame {
	uint64_t x[31];
	uint64_t sp;
};

#endif
