/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PINION_BOOT_H
#define PINION_BOOT_H

#include <stdint.h>

/* From head.S on the boot CPU, in the boot view; `fdt` is the host's device tree as the firmware passed it. */
_Noreturn void boot_main(const void *fdt);

/* From head.S with the MMU off, when the image is `distance` bytes below the address that it was linked for. */
_Noreturn void boot_misplaced(uint64_t distance);

#endif
