/* SPDX-License-Identifier: Apache-2.0 */
/* Moves the guest on behind a trapped instruction, which EL2 has carried out or is about to. */
#ifndef PINION_STEP_H
#define PINION_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/cpu_insn.h"
#include "hw/sysreg.h"

#define SPSR_BTYPE (3ull << 10) /* AArch64: which kind of branch came before, for BTI */

/* SPSR_ELx of AArch32: IT[1:0] is in bits 26:25, and IT[7:2] in bits 15:10. */
#define SPSR_A32_IT_LOW(it)  ((uint64_t)((it)&3) << 25)
#define SPSR_A32_IT_HIGH(it) ((uint64_t)((it) >> 2) << 10)
#define SPSR_A32_IT_MASK     (SPSR_A32_IT_LOW(3) | SPSR_A32_IT_HIGH(0xff))

/* Moves the IT state in an AArch32 SPSR on by one instruction: ITAdvance() of DDI 0487. */
static inline uint64_t step_it(uint64_t spsr)
{
	uint32_t it = (uint32_t)(spsr >> 25 & 3) | (uint32_t)(spsr >> 10 & 0x3f) << 2;

	it = it & 7 ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	return (spsr & ~SPSR_A32_IT_MASK) | SPSR_A32_IT_LOW(it) | SPSR_A32_IT_HIGH(it);
}

#define STEP_A64 4

/* True if a step changes nothing but ELR_EL2: AArch64, PSTATE.SS clear (no software step of this
 * instruction), and PSTATE.BTYPE 0 (no indirect branch before it). */
static inline bool step_is_plain(void)
{
	return !(read_sysreg(spsr_el2) & (SPSR_A32 | SPSR_SS | SPSR_BTYPE));
}

/* A step of `bytes` if step_is_plain(); a negative number takes it back. */
static inline void step_plain(int64_t bytes)
{
	write_sysreg(elr_el2, read_sysreg(elr_el2) + (uint64_t)bytes);
}

/* step_over() for an instruction that only AArch64 has. */
static inline void step_over_a64(void)
{
	write_sysreg(spsr_el2, read_sysreg(spsr_el2) & ~(SPSR_SS | SPSR_BTYPE));
	step_plain(STEP_A64);
}

/* Moves the guest on behind the instruction that `esr` (ESR_EL2) describes, in AArch64 or AArch32.
 * For software step the instruction counts as executed. */
static inline void step_over(uint64_t esr)
{
	uint64_t spsr = read_sysreg(spsr_el2);
	uint64_t length = esr & ESR_IL ? 4 : 2;

	spsr = spsr & SPSR_A32 ? step_it(spsr) : spsr & ~SPSR_BTYPE;
	write_sysreg(spsr_el2, spsr & ~SPSR_SS);
	write_sysreg(elr_el2, read_sysreg(elr_el2) + length);
}

#endif
