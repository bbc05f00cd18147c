/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's own calls of the firmware (SMC Calling Convention, Arm DEN0028, version 1.1). */
#ifndef PINION_SMC_H
#define PINION_SMC_H

#include <stdint.h>

/* Calls the firmware and returns x0. No argument may be a value that a guest chose. */
static inline int64_t smc_call(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;

	/* Firmware of SMCCC 1.0 may change x4 to x17 as well. */
	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
			 "x15", "x16", "x17", "memory");
	return (int64_t)x0;
}

#endif
