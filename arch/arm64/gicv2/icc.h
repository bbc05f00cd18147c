/* SPDX-License-Identifier: Apache-2.0 */
/* The physical CPU interface of a GICv2, as EL2 uses it. It is in memory: GICC. */
#ifndef PINION_ICC_H
#define PINION_ICC_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "gicv2/gicv2_regs.h"
#include "hw/cpu_insn.h"
#include "hw/mmio_raw.h"

/* The SGI that kicks another pCPU. By convention firmware keeps SGIs 8 to 15 for the secure
 * state. */
#define GIC_KICK 7u

/* The INTID of what gic_acknowledge() returns. */
#define GIC_INTID(iar) ((iar)&0x3ff)

/* Acknowledges the highest pending interrupt, which becomes active. Returns what names it until its
 * end, GICC_IAR: of an SGI with the CPU interface that sent it. GIC_INTID() of it is GIC_SPURIOUS
 * or more if there is none. */
static inline uint32_t gic_acknowledge(void)
{
	uint32_t iar = raw_read32(system_config.arch.gicc + GICC_IAR);

	/* Else EL2 could read what the interrupt announces before the acknowledge takes effect. */
	dsb_sy();
	return iar;
}

/* Priority drop: other interrupts may be signalled again, while that of `iar` stays active. */
static inline void gic_drop(uint32_t iar)
{
	raw_write32(system_config.arch.gicc + GICC_EOIR, iar);
}

/* Deactivates the interrupt of `iar`, whose priority was dropped. */
static inline void gic_deactivate(uint32_t iar)
{
	raw_write32(system_config.arch.gicc + GICC_DIR, iar);
}

/* Whether EL2's own interrupts are in a group of their own on a pCPU: on a GICv3 alone. So nothing
 * is left of calls of the functions below, which have no definition. */
#define GIC_USES_GROUP0(config) ((void)(config), false)
uint32_t gic_acknowledge0(void);
void gic_end0(uint32_t intid);

#endif
