/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of system registers (Arm DDI 0487, chapter D17), for C and assembly. */
#ifndef PINION_SYSREG_H
#define PINION_SYSREG_H

#ifdef __ASSEMBLER__
#define U(x) x
#else
#define U(x) x##ull
#endif

#define BIT(n) (U(1) << (n))

#define PAGE_SIZE 4096

#define CURRENT_EL2    8
#define MPIDR_AFFINITY U(0xff00ffffff)
#define MPIDR_RES1     BIT(31)

/* MAIR_EL2: attribute 0 is Device-nGnRnE, 1 is Device-nGnRE, and 2 is Normal write-back.
 * gen/image/translation_tables.py uses these indices. */
#define EL2_MAIR U(0xff0400)

/* SCTLR_EL2: MMU, data cache, SP alignment check and instruction cache are on, and what is writable
 * is never executable (WXN); RES1 bits 29, 28, 23, 22, 18, 16, 11, 5, 4. */
#define EL2_SCTLR (U(0x30c50830) | BIT(0) | BIT(2) | BIT(3) | BIT(12) | BIT(19))

/* HCR_EL2 */
#define HCR_VM    BIT(0)
#define HCR_SWIO  BIT(1)
#define HCR_FMO   BIT(3)
#define HCR_IMO   BIT(4)
#define HCR_AMO   BIT(5)
#define HCR_TWI   BIT(13)
#define HCR_TID3  BIT(18)
#define HCR_TSC   BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR  BIT(21)
#define HCR_RW    BIT(31)
#define HCR_TLOR  BIT(35)
#define HCR_TERR  BIT(36)
#define HCR_APK   BIT(40)
#define HCR_API   BIT(41)

/* CPTR_EL2 with HCR_EL2.E2H = 0: the bits that are RES1. With FEAT_SME and FEAT_SVE, bits 12 and 8
 * are traps, which EL2 wants, too. */
#define CPTR_RES1 U(0x33ff)
#define CPTR_TTA  BIT(20)
#define CPTR_TAM  BIT(30)

/* MDCR_EL2 */
#define MDCR_HPMN    U(0x1f)
#define MDCR_TPMS    BIT(14)
#define MDCR_HPMD    BIT(17)
#define MDCR_TTRF    BIT(19)
#define MDCR_HCCD    BIT(23)
#define PMCR_N_SHIFT 11

/* CNTHCTL_EL2 with HCR_EL2.E2H = 0: EL1 may use the physical counter and timer. */
#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN  BIT(1)

/* SPSR_ELx: EL1h with all interrupts masked. */
#define SPSR_EL1H_MASKED U(0x3c5)
#define SPSR_MODE        U(0x1f)
#define SPSR_EL1H        U(0x5)

#define SPSR_A32 BIT(4)  /* M[4]: AArch32 */
#define SPSR_SS  BIT(21) /* software step (AArch64) */

/* SCTLR_EL1 at reset: MMU and caches off, little-endian; RES1 bits 29, 28, 23, 22, 20, 11. */
#define SCTLR_EL1_RESET U(0x30d00800)

#endif
