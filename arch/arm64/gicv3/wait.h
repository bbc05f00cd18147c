/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for the physical GIC, which may carry out a write some cycles later. */
#ifndef PINION_GIC_WAIT_H
#define PINION_GIC_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/cpu_insn.h"
#include "hw/mmio_raw.h"

/*
 * Waits until `bits` of the 32-bit register at physical address `reg` are clear: RWP of GICD_CTLR
 * or GICR_CTLR (IHI 0069, sections 12.9.4 and 12.11.2), or ChildrenAsleep of GICR_WAKER. False if
 * they are still set after 1,000,000 reads, which is far longer than a GIC needs.
 */
static inline bool gic_wait_clear(uint64_t reg, uint32_t bits)
{
	for (uint32_t i = 0; i < 1000000; i++) {
		if (!(raw_read32(reg) & bits))
			return true;
		cpu_relax();
	}
	return false;
}

#endif
