/* SPDX-License-Identifier: Apache-2.0 */
/* The names of states and ends of a life, for reports and the monitor. */
#ifndef PINION_NAMES_H
#define PINION_NAMES_H

#include "config.h"
#include "vm/vm_shared.h"

/* The name of the present state of `vm`, such as "running" or "off". From any pCPU. */
const char *vm_state_name(const struct vm_config *vm);

/* The name of the end of a life, such as "off" or "crashed". */
const char *vm_stop_name(enum vm_stop stop);

#endif
