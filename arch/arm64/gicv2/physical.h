/* SPDX-License-Identifier: Apache-2.0 */
/* Where the physical GIC has what a bank of the virtual one stands for. */
#ifndef PINION_PHYSICAL_H
#define PINION_PHYSICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "gic/gic_regs.h"
#include "gicv2/interface.h"
#include "hw/mmio_raw.h"

/* Where the registers of SGIs and PPIs begin in the frame that each pCPU has its own view of. */
#define PHYSICAL_PRIVATE 0u

/* The frame that has the registers of bank `b`. Those of bank 0 are this pCPU's, whosever `vcpu`
 * is: what a guest has of others' it has from their pCPUs. */
static inline uint64_t physical_frame(const struct vcpu_config *vcpu, uint32_t b)
{
	(void)vcpu;
	(void)b;
	return system_config.arch.gicd;
}

/* True: SPIs of a pCPU are routed again when it comes up, as the number of its interface was not
 * known before. */
#define PHYSICAL_ROUTES_WAIT true

/* Routes SPI `intid` to the pCPU of `to`. As long as that has not come up, the SPI goes nowhere,
 * and stays pending. */
static inline void physical_route(uint32_t intid, const struct vcpu_config *to)
{
	raw_write8(system_config.arch.gicd + GIC_ITARGETSR + intid, gic_interface(to));
}

/* Waits until the distributor has what was written to it: a read comes after the writes. */
static inline void physical_settle(const struct vcpu_config *vcpu)
{
	(void)vcpu;
	raw_read32(system_config.arch.gicd + GICD_CTLR);
}

#endif
