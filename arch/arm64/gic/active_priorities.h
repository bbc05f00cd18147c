/* SPDX-License-Identifier: Apache-2.0 */
/* Active priorities of a CPU interface, physical or virtual. */
#ifndef PINION_ACTIVE_PRIORITIES_H
#define PINION_ACTIVE_PRIORITIES_H

#include "hw/cpu_insn.h"

/*
 * Clears the active priorities registers of one group: `name` and `el` enclose the number of each,
 * as in icc_ap1r, _el1. `bits`: preemption bits, 4 to 7; there is one register for up to 5, two for
 * 6, four for 7 (IHI 0069, section 12.2.3).
 */
#define CLEAR_ACTIVE_PRIORITIES(name, el, bits)                                                    \
	do {                                                                                       \
		write_sysreg(name##0##el, 0);                                                      \
		if ((bits) >= 6)                                                                   \
			write_sysreg(name##1##el, 0);                                              \
		if ((bits) >= 7) {                                                                 \
			write_sysreg(name##2##el, 0);                                              \
			write_sysreg(name##3##el, 0);                                              \
		}                                                                                  \
	} while (0)

#endif
