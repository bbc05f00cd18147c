/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the emulated device that answers at an address. */
#ifndef PINION_MMIO_H
#define PINION_MMIO_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

/*
 * The emulated region of `vm` that `ipa` is in, or null. An aligned access of up to 8 bytes then
 * lies within it, as its size is a multiple of 8. The tables put the regions that are accessed most
 * first, so this search is short where it matters; it is inline for the same reason. There is one
 * at least: every VM has a GIC.
 */
static inline const struct mmio_region *mmio_find(const struct vm_config *vm, uint64_t ipa)
{
	const struct mmio_region *region = vm->mmio;
	const struct mmio_region *end = region + vm->mmio_count;

	do {
		/* wraps where ipa is below the base, and is then past any size */
		if (ipa - region->base < region->size)
			return region;
	} while (++region != end);
	return NULL;
}

#endif
