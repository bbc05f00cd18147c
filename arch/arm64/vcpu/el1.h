/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's EL1 and EL0 registers at its reset. EL2 writes them at no other time, but to raise an
 * exception.
 */
#ifndef PINION_EL1_H
#define PINION_EL1_H

#include <stdbool.h>

/* TLBs and instruction cache hold nothing of an earlier run. */
void el1_forget(void);

/*
 * All that is UNKNOWN out of reset, FP and SIMD registers as well: nothing leaks from one life to
 * the next.
 */
void el1_scrub(void);

/* True if this pCPU has a PMU of the architecture (ID_AA64DFR0_EL1.PMUVer). */
bool el1_has_pmu(void);

/*
 * Timers and PMU of the guest raise nothing any more, and what decides how a CPU runs out of reset
 * is set for that.
 */
void el1_quiet(void);

#endif
