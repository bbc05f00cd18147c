/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passed-through devices between two lives of their VM: they must not write to its memory on their
 * own.
 */
#ifndef PINION_QUIESCE_H
#define PINION_QUIESCE_H

#include <stdbool.h>

#include "config.h"

/*
 * Silences the VM's devices by the writes that the platform file lists. All its vCPUs are parked;
 * on a pCPU of that VM, in one of its EL2 views. False if a device answered with an error: it may
 * go on writing to memory.
 */
bool vm_quiesce(const struct vm_config *vm);

#endif
