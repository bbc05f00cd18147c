/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passed-through devices, as far as EL2 has to do with them. Whole pages of registers are the guest's own, in stage 2.
 * What is less than a page is an emulated region whose accesses are done here, so that the neighbours in that page stay
 * out of reach.
 */
#ifndef PINION_PASSTHROUGH_H
#define PINION_PASSTHROUGH_H

#include <stdbool.h>

#include "config.h"

/* The accesses of struct mmio_region; `device` is the address of the region's first register. One access of the same
 * size each; an error of the device is a fault. */
mmio_read_fn forward_read;
mmio_write_fn forward_write;

/*
 * Silences the VM's devices by the writes that the platform file lists. All its vCPUs are parked; on a pCPU of that VM,
 * in one of its EL2 views. False if a device answered with an error: it may go on writing to memory.
 */
bool vm_quiesce(const struct vm_config *vm);

#endif
