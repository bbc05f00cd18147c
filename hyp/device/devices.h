/* SPDX-License-Identifier: Apache-2.0 */
/* Serves all emulated devices of a VM. */
#ifndef PINION_DEVICES_H
#define PINION_DEVICES_H

#include "config.h"

/*
 * Serves REQUEST_DEVICES: each device of `vm` looks at what has happened without an access of the
 * guest. The rings of the VM's console have moved, or the time of a device is up. On a pCPU of the
 * VM, no lock held.
 */
void devices_serve(const struct vm_config *vm);

#endif
