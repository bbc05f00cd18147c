/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's command `log`: the last lines of a VM's console, and of the reports about it. */
#ifndef PINION_LOG_H
#define PINION_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/*
 * Says the next line of the log of `vm`; `line` is 0 for the first one. Returns false, and says
 * nothing, if there is no further line. On the pCPU that takes the UART's interrupt.
 */
bool log_say(const struct vm_config *vm, uint32_t line);

#endif
