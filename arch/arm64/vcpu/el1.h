/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's EL1 and EL0 registers at a reset, on this pCPU. At any other time EL2 writes them
 * only to raise an exception (trap/inject.h). */
#ifndef PINION_EL1_H
#define PINION_EL1_H

#include <stdbool.h>

/* Invalidates the instruction cache and all TLB entries of this VM, which may be those of an
 * earlier run. */
void el1_forget(void);

/* Zeroes all registers that are UNKNOWN out of reset, FP and SIMD registers as well, so that no
 * life of the VM can read what the one before has left. */
void el1_scrub(void);

/* True if this pCPU has a PMU of the architecture (ID_AA64DFR0_EL1.PMUVer). */
bool el1_has_pmu(void);

/* Silences the guest's timers and PMU, and gives the registers that decide how the CPU runs their
 * values after a reset: MMU and caches off, no traps to EL1, no debug. */
void el1_quiet(void);

#endif
