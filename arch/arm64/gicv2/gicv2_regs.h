/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that a GICv2 has alone (Arm IHI 0048); those of both versions are in gic/gic_regs.h. */
#ifndef PINION_GICV2_REGS_H
#define PINION_GICV2_REGS_H

/* Distributor: 4 KiB. GIC_ITARGETSR has 8 bits for each INTID, one for each CPU interface. */
#define GICD_SGIR       0x0f00u
#define GICD_CPENDSGIR  0x0f10u /* 8 bits per SGI, one for each source; then GICD_SPENDSGIR */
#define GICD_SPENDSGIR  0x0f20u
#define GICD_SGIS_END   0x0f30u
#define GICD_ICPIDR2    0x0fe8u
#define GICD_FRAME_SIZE 0x1000u

#define GICD_TYPER_CPUS(cpus) (((cpus)-1u) << 5)

#define GICD_ICPIDR2_ARCH_REV 0xf0u
#define GICD_ICPIDR2_GICV2    0x20u

/* GICD_SGIR */
#define GICD_SGIR_INTID(value)   ((value)&15)
#define GICD_SGIR_TARGETS_SHIFT  16
#define GICD_SGIR_TARGETS(value) ((value) >> GICD_SGIR_TARGETS_SHIFT & 0xff)
#define GICD_SGIR_FILTER(value)  ((value) >> 24 & 3)
#define GICD_SGIR_OTHERS         1u /* all CPU interfaces but the writer's */
#define GICD_SGIR_SELF           2u

/* CPU interface, and virtual CPU interface: two pages */
#define GICC_CTLR  0x0000u
#define GICC_PMR   0x0004u
#define GICC_BPR   0x0008u
#define GICC_IAR   0x000cu
#define GICC_EOIR  0x0010u
#define GICC_APR   0x00d0u /* 4 words */
#define GICC_NSAPR 0x00e0u /* 4 words */
#define GICC_IIDR  0x00fcu
#define GICC_DIR   0x1000u

/* Bit 0 enables the group that the reader's security state has, bit 9 is its EOImode. */
#define GICC_CTLR_ENABLE  (1u << 0)
#define GICC_CTLR_BYPASS  0x1e0u /* what the board does with the lines of a disabled interface */
#define GICC_CTLR_EOIMODE (1u << 9)

#define GICC_IIDR_VERSION(iidr) ((iidr) >> 16 & 0xf)

/* Virtual interface control, of this CPU */
#define GICH_HCR   0x0000u
#define GICH_VTR   0x0004u
#define GICH_VMCR  0x0008u
#define GICH_EISR  0x0020u
#define GICH_ELRSR 0x0030u
#define GICH_APR   0x00f0u
#define GICH_LR    0x0100u

#endif
