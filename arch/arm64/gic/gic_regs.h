/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 registers (Arm IHI 0069): offsets and fields, of the physical and the virtual GIC alike. */
#ifndef PINION_GIC_REGS_H
#define PINION_GIC_REGS_H

#include "hw/esr.h"

/* Distributor */
#define GICD_CTLR  0x0000u
#define GICD_TYPER 0x0004u
#define GICD_IIDR  0x0008u

#define GICD_CTLR_GRP0 (1u << 0)
#define GICD_CTLR_GRP1 (1u << 1) /* EnableGrp1A in the non-secure view */
#define GICD_CTLR_ARE  (1u << 4) /* ARE_NS in the non-secure view */
#define GICD_CTLR_DS   (1u << 6)
#define GICD_CTLR_RWP  (1u << 31)

#define GICD_TYPER_LINES(typer) ((typer)&31) /* INTIDs / 32 - 1 */
#define GICD_TYPER_IDBITS(bits) (((bits)-1u) << 19)
#define GICD_TYPER_A3V          (1u << 24)
#define GICD_TYPER_NO1N         (1u << 25)
#define GICD_TYPER_RSS          (1u << 26)

/* Registers with one bit for each INTID: a word for each bank of 32. Bank 0 is in the SGI frame of
 * the redistributors, at the same offsets. */
#define GIC_IGROUPR    0x0080u
#define GIC_ISENABLER  0x0100u
#define GIC_ICENABLER  0x0180u
#define GIC_ISPENDR    0x0200u
#define GIC_ICPENDR    0x0280u
#define GIC_ISACTIVER  0x0300u
#define GIC_ICACTIVER  0x0380u
#define GIC_IPRIORITYR 0x0400u /* 8 bits per INTID */
#define GIC_ITARGETSR  0x0800u
#define GIC_ICFGR      0x0c00u /* 2 bits per INTID */
#define GIC_IGRPMODR   0x0d00u

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

/* Spreads a bit for each of 16 INTIDs to the upper bits of their fields in GIC_ICFGR, where 1 means
 * edge-triggered. The lower bits are RES0. icfgr_gather() is the reverse. */
static inline uint32_t icfgr_spread(uint32_t bits)
{
	bits = (bits | bits << 8) & 0x00ff00ff;
	bits = (bits | bits << 4) & 0x0f0f0f0f;
	bits = (bits | bits << 2) & 0x33333333;
	bits = (bits | bits << 1) & 0x55555555;
	return bits << 1;
}

static inline uint32_t icfgr_gather(uint32_t fields)
{
	fields = fields >> 1 & 0x55555555;
	fields = (fields | fields >> 1) & 0x33333333;
	fields = (fields | fields >> 2) & 0x0f0f0f0f;
	fields = (fields | fields >> 4) & 0x00ff00ff;
	return (fields | fields >> 8) & 0xffff;
}

/* Registers of the CPU interface that can trap, as the syndrome of the trap encodes them */
#define SYSREG_ICC_PMR    SYSREG(3, 0, 4, 6, 0)
#define SYSREG_ICC_DIR    SYSREG(3, 0, 12, 11, 1)
#define SYSREG_ICC_RPR    SYSREG(3, 0, 12, 11, 3)
#define SYSREG_ICC_SGI1R  SYSREG(3, 0, 12, 11, 5)
#define SYSREG_ICC_ASGI1R SYSREG(3, 0, 12, 11, 6)
#define SYSREG_ICC_SGI0R  SYSREG(3, 0, 12, 11, 7)
#define SYSREG_ICC_CTLR   SYSREG(3, 0, 12, 12, 4)

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

/* List register */
#define LR_INTID(lr)      ((uint32_t)(lr))
#define LR_PINTID_SHIFT   32
#define LR_EOI            (1ull << 41) /* if LR_HW is 0 */
#define LR_PRIORITY_SHIFT 48
#define LR_PRIORITY(lr)   ((uint32_t)((lr) >> LR_PRIORITY_SHIFT) & 0xff)
#define LR_GROUP1         (1ull << 60)
#define LR_HW             (1ull << 61)
#define LR_PENDING        (1ull << 62)
#define LR_ACTIVE         (1ull << 63)

/* ICH_HCR_EL2 */
#define ICH_HCR_EN            (1ull << 0)
#define ICH_HCR_LRENPIE       (1ull << 2)
#define ICH_HCR_NPIE          (1ull << 3)
#define ICH_HCR_VGRP0EIE      (1ull << 4)
#define ICH_HCR_VGRP0DIE      (1ull << 5)
#define ICH_HCR_VGRP1EIE      (1ull << 6)
#define ICH_HCR_VGRP1DIE      (1ull << 7)
#define ICH_HCR_TC            (1ull << 10)
#define ICH_HCR_TDIR          (1ull << 14)
#define ICH_HCR_EOICOUNT(hcr) ((uint32_t)((hcr) >> 27) & 31)

/* ICH_VTR_EL2 */
#define ICH_VTR_LIST_REGISTERS(vtr) (((uint32_t)(vtr)&31) + 1)
#define ICH_VTR_PREBITS(vtr)        (((uint32_t)((vtr) >> 26) & 7) + 1)
#define ICH_VTR_TDS                 (1ull << 19)

/* ICH_VMCR_EL2 */
#define ICH_VMCR_VENG0       (1ull << 0)
#define ICH_VMCR_VENG1       (1ull << 1)
#define ICH_VMCR_VFIQEN      (1ull << 3)
#define ICH_VMCR_VEOIM       (1ull << 9)
#define ICH_VMCR_VBPR1_SHIFT 18
#define ICH_VMCR_VBPR0_SHIFT 21

#endif
