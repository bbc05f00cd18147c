/* SPDX-License-Identifier: Apache-2.0 */
/* How people call what the life word says. */
#ifndef PINION_NAMES_H
#define PINION_NAMES_H

#include "config.h"
#include "vm/vm_shared.h"

/* The state of `vm` at this moment: "running", "off", ... From any pCPU. */
const char *vm_state_name(const struct vm_config *vm);

/* The end of a life: "off", "crashed", ... */
const char *vm_stop_name(enum vm_stop stop);

#endif
