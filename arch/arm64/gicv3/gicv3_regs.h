/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that a GICv3 has alone (Arm IHI 0069); those of both versions are in gic/gic_regs.h. */
#ifndef PINION_GICV3_REGS_H
#define PINION_GICV3_REGS_H

/* Distributor */
#define GICD_CTLR_ARE (1u << 4) /* ARE_NS in the non-secure view */
#define GICD_CTLR_DS  (1u << 6)
#define GICD_CTLR_RWP (1u << 31)

#define GICD_TYPER_IDBITS(bits) (((bits)-1u) << 19)
#define GICD_TYPER_A3V          (1u << 24)
#define GICD_TYPER_NO1N         (1u << 25)
#define GICD_TYPER_RSS          (1u << 26)

#define GICD_IROUTER     0x6000u /* 64 bits per INTID */
#define GICD_IROUTER_END 0x8000u

#define GIC_PIDR2          0xffe8u
#define GIC_PIDR2_ARCH_REV 0xf0u
#define GIC_PIDR2_GICV3    0x30u

/* Redistributor: the RD_base frame, then the SGI frame */
#define GICR_FRAME 0x10000u
#define GICR_SIZE  0x20000u
#define GICR_CTLR  0x0000u
#define GICR_IIDR  0x0004u
#define GICR_TYPER 0x0008u
#define GICR_WAKER 0x0014u

#define GICR_CTLR_RWP (1u << 3)

#define GICR_TYPER_LAST         (1u << 4)
#define GICR_TYPER_NUMBER_SHIFT 8
#define GICR_TYPER_AFFINITY(t)  ((t) >> 32)

#define GICR_WAKER_PROCESSOR_SLEEP (1u << 1)
#define GICR_WAKER_CHILDREN_ASLEEP (1u << 2)

/* ICC_SGI1R_EL1, ICC_SGI0R_EL1 and ICC_ASGI1R_EL1 */
#define SGIR_INTID(value) ((uint32_t)((value) >> 24) & 15)
/* IRM, RS and Aff1 to Aff3. If all are 0, the targets have Aff0 0 to 15, and 0 everywhere else. */
#define SGIR_NOT_AFF0 0x00fff1ff00ff0000ull
/* The affinity, packed as by gic_affinity(), that bit 0 of the target list stands for. */
#define SGIR_AFFINITY(value)                                                                       \
	((uint32_t)((value) >> 24 & 0xff000000) | (uint32_t)((value) >> 16 & 0xff0000) |           \
		(uint32_t)((value) >> 8 & 0xff00) | SGIR_RS(value) * 16)
#define SGIR_IRM       (1ull << 40)
#define SGIR_RS(value) ((uint32_t)((value) >> 44) & 15)

/* ICC_SRE_EL2 */
#define ICC_SRE_SRE    (1u << 0)
#define ICC_SRE_DFB    (1u << 1)
#define ICC_SRE_DIB    (1u << 2)
#define ICC_SRE_ENABLE (1u << 3)

/* ICC_CTLR_EL1 */
#define ICC_CTLR_CBPR          (1u << 0)
#define ICC_CTLR_EOIMODE       (1u << 1)
#define ICC_CTLR_PMHE          (1u << 6)
#define ICC_CTLR_PRIBITS(ctlr) (((ctlr) >> 8 & 7) + 1) /* number of priority bits */

/* ICH_HCR_EL2 and ICH_VTR_EL2 */
#define ICH_HCR_TC   (1ull << 10)
#define ICH_HCR_TDIR (1ull << 14)
#define ICH_VTR_TDS  (1ull << 19)

#endif
