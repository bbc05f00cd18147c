/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silences passed-through devices before the first life of their VM and at the end of each, so that
 * they do not write to memory by themselves.
 */
#ifndef PINION_QUIESCE_H
#define PINION_QUIESCE_H

#include <stdbool.h>

#include "config.h"

/*
 * Makes the register writes that the platform file lists (`quiesce`) for the VM's devices. All
 * vCPUs of the VM are parked. On a pCPU of that VM, in one of its EL2 views. Returns false if a
 * device answered with an error; it may then go on writing to memory.
 */
bool vm_quiesce(const struct vm_config *vm);

/* Makes register writes, all of them whatever happens. The view in use maps the registers. Returns
 * false if a device answered one with an error. */
bool registers_write(const struct register_writes *wanted);

#endif
