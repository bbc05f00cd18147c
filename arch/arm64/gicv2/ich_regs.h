/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the virtual interface control whose fields lie elsewhere in a GICv3 (Arm IHI 0048,
 * section 5.3). */
#ifndef PINION_ICH_REGS_H
#define PINION_ICH_REGS_H

#include <stdint.h>

/* List register, GICH_LR<n> */
typedef uint32_t lr_t;

#define LR_INTID(lr)      ((lr)&0x3ff)
#define LR_PINTID_SHIFT   10
#define LR_SOURCE_SHIFT   10 /* if LR_HW is 0: the vCPU that sent an SGI */
#define LR_SOURCE(lr)     ((lr) >> LR_SOURCE_SHIFT & 7)
#define LR_EOI            (1u << 19) /* if LR_HW is 0 */
#define LR_PRIORITY_SHIFT 20         /* bits 7 to 3 of the priority; the others are 0 */
#define LR_PRIORITY(lr)   ((lr) >> LR_PRIORITY_SHIFT & 0xf8)
#define LR_PENDING        (1u << 28)
#define LR_ACTIVE         (1u << 29)
#define LR_GROUP1         (1u << 30)
#define LR_HW             (1u << 31)

/* GICH_VTR: how many list registers there are, up to 64; more than 32 are not used. */
#define ICH_VTR_LIST_REGISTERS(vtr) (((vtr)&63) < 31 ? (uint32_t)((vtr)&63) + 1 : 32)

/* GICH_VMCR after a reset, without the binary points. */
#define ICH_VMCR_RESET 0u

#endif
