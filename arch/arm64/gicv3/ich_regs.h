/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the virtual CPU interface whose fields lie elsewhere in a GICv2 (Arm IHI 0069,
 * section 12.4). */
#ifndef PINION_ICH_REGS_H
#define PINION_ICH_REGS_H

#include <stdint.h>

/* List register, ICH_LR<n>_EL2 */
typedef uint64_t lr_t;

#define LR_INTID(lr)      ((uint32_t)(lr))
#define LR_PINTID_SHIFT   32
#define LR_EOI            (1ull << 41) /* if LR_HW is 0 */
#define LR_PRIORITY_SHIFT 48
#define LR_PRIORITY(lr)   ((uint32_t)((lr) >> LR_PRIORITY_SHIFT) & 0xff)
#define LR_GROUP1         (1ull << 60)
#define LR_HW             (1ull << 61)
#define LR_PENDING        (1ull << 62)
#define LR_ACTIVE         (1ull << 63)

/* ICH_VTR_EL2: how many list registers there are. */
#define ICH_VTR_LIST_REGISTERS(vtr) (((uint32_t)(vtr)&31) + 1)

/* ICH_VMCR_EL2 after a reset, without the binary points: FIQEn is RES1. */
#define ICH_VMCR_RESET (1ull << 3)

#endif
