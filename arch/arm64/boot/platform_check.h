/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the machine is the one that the description was built for. */
#ifndef PINION_PLATFORM_CHECK_H
#define PINION_PLATFORM_CHECK_H

#include <stdbool.h>

/*
 * Compares the host's device tree and the CPU's own ID registers with system_config; prints what
 * differs. `fdt` comes from the firmware and is not trusted to be there, but to be well-formed
 * where libfdt says so.
 */
bool platform_check(const void *fdt);

#endif
