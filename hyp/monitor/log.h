/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's command `log`: the last lines of a VM's console, and what was reported of it. */
#ifndef PINION_LOG_H
#define PINION_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/*
 * Says the next line of the log of `vm`; `line` is 0 for the first. False: there is none, and
 * nothing was said.
 */
bool log_say(const struct vm_config *vm, uint32_t line);

#endif
