/* SPDX-License-Identifier: Apache-2.0 */
/* Clears the active priorities of a CPU interface, physical (ICC_*) or virtual (ICH_*). */
#ifndef PINION_ACTIVE_PRIORITIES_H
#define PINION_ACTIVE_PRIORITIES_H

#include "hw/cpu_insn.h"

/*
 * Writes 0 to the active priorities registers of one group. `name` and `el` are what stands before
 * and after the register's number, as in icc_ap1r and _el1. `bits`: implemented preemption bits. Up
 * to 5 bits have one register, 6 have two, 7 have four (IHI 0069, section 12.2.3).
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
