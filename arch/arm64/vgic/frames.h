/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of the virtual distributor, which the generated tables name. `device` is not used, and
 * an access of a size that its register does not have is RAZ/WI. */
#ifndef PINION_FRAMES_H
#define PINION_FRAMES_H

#include "config.h"

/* A GICv3's has 64 KiB, a GICv2's 4 KiB. */
mmio_read_fn vgicd_read;
mmio_write_fn vgicd_write;

/* GICD_IIDR and GICR_IIDR: product 'P', no code of an implementer. */
#define VGIC_IIDR 0x50000000u

#endif
