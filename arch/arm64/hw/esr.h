/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an exception's syndrome, ESR_ELx (Arm DDI 0487, ESR_EL2), that EL2 reads, for C and
 * assembly; and the address of a stage-2 abort. entry.h says which exception class goes to which
 * function.
 */
#ifndef PINION_ESR_H
#define PINION_ESR_H

#include "hw/sysreg.h"

#define ESR_EC_SHIFT 26
#define ESR_EC(esr)  ((esr) >> ESR_EC_SHIFT & 0x3f)
#define ESR_IL       BIT(25) /* the instruction has 32 bits, not 16 */

/* Exception classes. LOWER: the abort comes from a lower exception level. SAME: from the one that
 * takes it. */
#define EC_UNKNOWN    0x00
#define EC_WFX        0x01
#define EC_HVC64      0x16
#define EC_SMC64      0x17
#define EC_SYSREG     0x18
#define EC_IABT_LOWER 0x20
#define EC_IABT_SAME  0x21
#define EC_DABT_LOWER 0x24
#define EC_DABT_SAME  0x25
#define EC_SERROR     0x2f

/* WFI and WFE: the instruction has a timeout (FEAT_WFxT). */
#define ISS_WFX_TIMED BIT(1)

/* HVC and SMC: the immediate of the instruction. */
#define ISS_IMMEDIATE U(0xffff)

/* MSR, MRS and system instructions: the direction, and the general register Rt. */
#define ISS_READ     BIT(0)
#define ISS_RT_SHIFT 5

/* Instruction and data aborts: the fault status code, its two parts, and what was accessed. */
#define ISS_FSC         U(0x3f)
#define ISS_FSC_TYPE    U(0x3c)
#define ISS_FSC_LEVEL   U(0x03) /* only of a fault that has a level */
#define FSC_TRANSLATION U(0x04) /* under ISS_FSC_TYPE */
#define FSC_EXTERNAL    U(0x10) /* synchronous, not on a table walk */
#define ISS_WNR         BIT(6)  /* write */
#define ISS_S1PTW       BIT(7)  /* stage 2 faulted on a walk of the guest's own tables */
#define ISS_CM          BIT(8)  /* cache maintenance */

/* Data aborts: what the instruction was, valid if ISV is 1. */
#define ISS_SF        BIT(15) /* the register is X, not W */
#define ISS_SRT_SHIFT 16      /* number of the general register */
#define ISS_SSE       BIT(21) /* a load sign-extends up to the width of the register */
#define ISS_SAS_SHIFT 22      /* log2 of the size */
#define ISS_ISV_BIT   24

#ifndef __ASSEMBLER__

#include <stdint.h>

#include "hw/cpu_insn.h"

/* The number of a system register, as the ISS of class EC_SYSREG has it. */
#define SYSREG(op0, op1, crn, crm, op2)                                                            \
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)
#define ISS_REGISTER SYSREG(3u, 7u, 15u, 15u, 7u)
#define ISS_RT(esr)  ((esr) >> ISS_RT_SHIFT & 31)
#define ISS_CRM(esr) ((esr) >> 1 & 15)
#define ISS_OP2(esr) ((esr) >> 17 & 7)

/* Of a data abort with ISV = 1, as the next three: the bytes accessed, 1, 2, 4 or 8. */
static inline unsigned iss_size(uint64_t esr)
{
	return 1u << (esr >> ISS_SAS_SHIFT & 3);
}

/* The number of the general register that is loaded or stored; 31 is XZR. */
static inline uint64_t iss_register(uint64_t esr)
{
	return esr >> ISS_SRT_SHIFT & 31;
}

/* What a store of a register with `value` writes; bits beyond the size are 0. */
static inline uint64_t iss_truncate(uint64_t esr, uint64_t value)
{
	unsigned shift = -8u * iss_size(esr) & 63; /* 64 - 8 * size */

	return value << shift >> shift;
}

/* What the register holds after a load of `value`, which is zero-extended. */
static inline uint64_t iss_extend(uint64_t esr, uint64_t value)
{
	if (esr & ISS_SSE) {
		unsigned shift = -8u * iss_size(esr) & 63;

		value = (uint64_t)((int64_t)(value << shift) >> shift);
	}
	return esr & ISS_SF ? value : (uint32_t)value;
}

/*
 * The IPA of the stage-2 abort that this pCPU took last. HPFAR_EL2 has its page, and is valid only
 * after a translation fault or a fault on a walk of the guest's tables. FAR_EL2, a virtual address,
 * has the offset in the page.
 */
static inline uint64_t abort_ipa(void)
{
	return (read_sysreg(hpfar_el2) & ~0xfull) << 8 | (read_sysreg(far_el2) & 0xfff);
}

#endif
#endif
