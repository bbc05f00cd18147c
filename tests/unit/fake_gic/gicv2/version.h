/* SPDX-License-Identifier: Apache-2.0 */
/* What differs for tests that are the same for both versions of the GIC. */
#ifndef VERSION_H
#define VERSION_H

#include "fake_gic/machine.h"
#include "gic/gic_regs.h"
#include "gicv2/gicv2_regs.h"
#include "ich_regs.h"

enum {
	VERSION = 2,
	GICD_SIZE = GICD_FRAME_SIZE,
	GICRS_SIZE = 0, /* it has no redistributors */
	CTLR_FIXED = 0, /* GICD_CTLR as it reads besides the groups */
};

/* Active priorities of a group; the sender of an SGI in a list register as IAR shows it. */
#define AP(group)     ((void)(group), 0)
#define LR_SENDER(lr) (LR_INTID(lr) < 16 ? LR_SOURCE(lr) << 10 : 0)

/* What machine.route has of an SPI that goes to the pCPU of a vCPU. */
uint64_t version_route(unsigned cpu);

/* Registers that a GICv3 does not have, or not under ARE. */
#define OWN_REGISTERS GIC_ITARGETSR, GICD_SGIR, GICD_CPENDSGIR, GICD_SPENDSGIR

#endif
