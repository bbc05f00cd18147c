/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passed-through devices, as far as EL2 has to do with them. Whole pages of registers are the
 * guest's own, in stage 2. What is less than a page is an emulated region whose accesses are done
 * here, so that the neighbours in that page stay out of reach.
 */
#ifndef PINION_PASSTHROUGH_H
#define PINION_PASSTHROUGH_H

#include "config.h"

/*
 * The accesses of struct mmio_region; `device` is the address of the region's first register. One
 * access of the same size each; an error of the device is a fault.
 */
mmio_read_fn passthrough_read;
mmio_write_fn passthrough_write;

#endif
