/* SPDX-License-Identifier: Apache-2.0 */
/* What differs for tests that are the same for both versions of the GIC. */
#ifndef VERSION_H
#define VERSION_H

#include "fake_gic/machine.h"
#include "gic/gic_regs.h"
#include "gicv3/gicv3_regs.h"
#include "vgicv3/redistributors.h"
#include "vgicv3/virtual.h"

enum {
	VERSION = 3,
	GICD_SIZE = 0x10000,
	GICRS_SIZE = MAX_VCPUS * GICR_SIZE, /* the redistributors */
	/* GICD_CTLR as it reads besides the groups */
	CTLR_FIXED = GICD_CTLR_ARE | GICD_CTLR_DS,
	LEAST_PRIORITY = 0x10, /* that EL2 writes for a guest: what is more urgent is its own */
};

/* Active priorities of a group; the sender of an SGI in a list register as IAR shows it. */
#define AP(group)     (group)
#define LR_SENDER(lr) 0u

/* Registers that a GICv2 does not have. */
#define OWN_REGISTERS GICD_IROUTER + 8 * 32

#endif
