/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the machine is the one that the description was built for. */
#ifndef PINION_PLATFORM_CHECK_H
#define PINION_PLATFORM_CHECK_H

#include <stdbool.h>

/*
 * Compares the ID registers of this CPU, the host's device tree and the GIC with system_config.
 * Prints each difference; true if there is none. `fdt` is what the firmware passed, which may be no
 * device tree; a tree that libfdt finds well-formed is trusted. On the boot CPU, in the boot view.
 */
bool platform_check(const void *fdt);

#endif
