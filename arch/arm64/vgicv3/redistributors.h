/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of the virtual redistributors, as vgic/frames.h. */
#ifndef PINION_REDISTRIBUTORS_H
#define PINION_REDISTRIBUTORS_H

#include "config.h"

/* In the order of the vCPUs, 128 KiB each, as one region. */
mmio_read_fn vgicr_read;
mmio_write_fn vgicr_write;

/* The `size` bytes (4 or 8) at `offset` of a 64-bit register, which lies at a multiple of 8. */
static inline uint64_t vgic_part(uint64_t value, uint64_t offset, unsigned size)
{
	return size == 8 ? value : value >> 8 * (offset & 4) & UINT32_MAX;
}

#endif
