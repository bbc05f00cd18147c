/* SPDX-License-Identifier: Apache-2.0 */
/* Where the physical GIC has what a bank of the virtual one stands for. */
#ifndef PINION_PHYSICAL_H
#define PINION_PHYSICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "gic/gic_regs.h"
#include "gicv3/gicv3_regs.h"
#include "gicv3/wait.h"
#include "hw/mmio_raw.h"

/* Where the registers of SGIs and PPIs begin in the frames of a pCPU. */
#define PHYSICAL_PRIVATE GICR_FRAME

/* The frame that has the registers of bank `b`: those of bank 0 are in the redistributor of the
 * pCPU of `vcpu`. */
static inline uint64_t physical_frame(const struct vcpu_config *vcpu, uint32_t b)
{
	return b ? system_config.arch.gicd : vcpu->arch.gicr + PHYSICAL_PRIVATE;
}

/* False: an SPI can be routed to a pCPU that has not come up. */
#define PHYSICAL_ROUTES_WAIT false

/* Routes SPI `intid` to the pCPU of `to`. */
static inline void physical_route(uint32_t intid, const struct vcpu_config *to)
{
	raw_write64(system_config.arch.gicd + GICD_IROUTER + 8 * intid, to->arch.mpidr);
}

/* Waits until no SPI, and no private interrupt of the pCPU of `vcpu`, arrives that was disabled. */
static inline void physical_settle(const struct vcpu_config *vcpu)
{
	gic_wait_clear(system_config.arch.gicd + GICD_CTLR, GICD_CTLR_RWP);
	gic_wait_clear(vcpu->arch.gicr + GICR_CTLR, GICR_CTLR_RWP);
}

#endif
