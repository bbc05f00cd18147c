/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that GICv2 (Arm IHI 0048) and GICv3 (Arm IHI 0069) have in common: offsets and fields,
 * of the physical and the virtual GIC alike. What the versions have alone is in gicv2/ and gicv3/.
 */
#ifndef PINION_GIC_REGS_H
#define PINION_GIC_REGS_H

#include "hw/esr.h"

/* Distributor */
#define GICD_CTLR  0x0000u
#define GICD_TYPER 0x0004u
#define GICD_IIDR  0x0008u

#define GICD_CTLR_GRP0 (1u << 0)
#define GICD_CTLR_GRP1 (1u << 1) /* EnableGrp1A in the non-secure view */

#define GICD_TYPER_LINES(typer) ((typer)&31) /* INTIDs / 32 - 1 */

/* Registers with one bit for each INTID: a word for each bank of 32. Bank 0 is each CPU's own. On a
 * GICv3 it is in the SGI frame of its redistributor, at the same offsets. */
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

/* System registers of a GICv3's CPU interface that can trap, as the syndrome encodes them */
#define SYSREG_ICC_PMR    SYSREG(3, 0, 4, 6, 0)
#define SYSREG_ICC_DIR    SYSREG(3, 0, 12, 11, 1)
#define SYSREG_ICC_RPR    SYSREG(3, 0, 12, 11, 3)
#define SYSREG_ICC_SGI1R  SYSREG(3, 0, 12, 11, 5)
#define SYSREG_ICC_ASGI1R SYSREG(3, 0, 12, 11, 6)
#define SYSREG_ICC_SGI0R  SYSREG(3, 0, 12, 11, 7)
#define SYSREG_ICC_CTLR   SYSREG(3, 0, 12, 12, 4)

/* ICH_HCR_EL2, or GICH_HCR */
#define ICH_HCR_EN            (1ull << 0)
#define ICH_HCR_LRENPIE       (1ull << 2)
#define ICH_HCR_NPIE          (1ull << 3)
#define ICH_HCR_VGRP0EIE      (1ull << 4)
#define ICH_HCR_VGRP0DIE      (1ull << 5)
#define ICH_HCR_VGRP1EIE      (1ull << 6)
#define ICH_HCR_VGRP1DIE      (1ull << 7)
#define ICH_HCR_EOICOUNT(hcr) ((uint32_t)((hcr) >> 27) & 31)

/* ICH_VTR_EL2, or GICH_VTR */
#define ICH_VTR_PREBITS(vtr) (((uint32_t)((vtr) >> 26) & 7) + 1)

/* ICH_VMCR_EL2, or GICH_VMCR */
#define ICH_VMCR_VENG0       (1ull << 0)
#define ICH_VMCR_VENG1       (1ull << 1)
#define ICH_VMCR_VEOIM       (1ull << 9)
#define ICH_VMCR_VBPR1_SHIFT 18
#define ICH_VMCR_VBPR0_SHIFT 21

#endif
