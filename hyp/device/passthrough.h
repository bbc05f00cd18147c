/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passed-through devices that share a page with other registers. Stage 2 maps whole pages of
 * registers to the guest. For less than a page there is an emulated region, and EL2 makes the
 * guest's accesses in its place, so that the guest cannot reach the other registers of that page.
 */
#ifndef PINION_PASSTHROUGH_H
#define PINION_PASSTHROUGH_H

#include "config.h"

/*
 * The functions of struct mmio_region. `device` is the physical address of the region's first
 * register. Each call makes one access of `size` bytes. MMIO_FAULT if the device answered with an
 * error.
 */
mmio_read_fn passthrough_read;
mmio_write_fn passthrough_write;

#endif
