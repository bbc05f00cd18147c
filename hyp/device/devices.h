/* SPDX-License-Identifier: Apache-2.0 */
/* What all emulated devices of a VM do together. */
#ifndef PINION_DEVICES_H
#define PINION_DEVICES_H

#include "config.h"

/*
 * Serves REQUEST_DEVICES: each device looks at what has happened by no access of the guest. Its
 * console's rings have moved, or its time is up. On a pCPU of the VM, without locks.
 */
void devices_serve(const struct vm_config *vm);

#endif
