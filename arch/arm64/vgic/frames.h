/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of the virtual GIC, which the generated tables name. `device` is not used, and an
 * access of a size that its register does not have is RAZ/WI. */
#ifndef PINION_FRAMES_H
#define PINION_FRAMES_H

#include "config.h"

/* The distributor: 64 KiB. */
mmio_read_fn vgicd_read;
mmio_write_fn vgicd_write;

/* The redistributors in the order of the vCPUs, 128 KiB each, as one region. */
mmio_read_fn vgicr_read;
mmio_write_fn vgicr_write;

/* The `size` bytes (4 or 8) at `offset` of a 64-bit register, which lies at a multiple of 8. */
static inline uint64_t vgic_part(uint64_t value, uint64_t offset, unsigned size)
{
	return size == 8 ? value : value >> 8 * (offset & 4) & UINT32_MAX;
}

/* GICD_IIDR and GICR_IIDR: product 'P', no code of an implementer. */
#define VGIC_IIDR 0x50000000u

#endif
