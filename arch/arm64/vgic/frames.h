/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of the virtual GIC; generated tables name these functions. `device` is not used. */
#ifndef PINION_FRAMES_H
#define PINION_FRAMES_H

#include "config.h"

/* One distributor: 64 KiB. */
mmio_read_fn vgicd_read;
mmio_write_fn vgicd_write;

/* All redistributors in one region, 128 KiB each, by vCPU index. */
mmio_read_fn vgicr_read;
mmio_write_fn vgicr_write;

/* `size` bytes, 4 or 8, of a 64-bit register that lies at a multiple of 8. */
static inline uint64_t vgic_part(uint64_t value, uint64_t offset, unsigned size)
{
	return size == 8 ? value : value >> 8 * (offset & 4) & UINT32_MAX;
}

/* GICD_IIDR and GICR_IIDR: product 'P', no implementer code. */
#define VGIC_IIDR 0x50000000u

#endif
