/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the emulated device that answers at an address. */
#ifndef PINION_MMIO_H
#define PINION_MMIO_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"

/*
 * The emulated region of `vm` that `ipa` is in, or NULL. An aligned access of up to 8 bytes then
 * lies within the region, as base and size of a region are multiples of 8. The regions that guests
 * access most come first, which keeps the search short; it is inline for the same reason. Every VM
 * has at least one region, as every VM has a GIC.
 */
static inline const struct mmio_region *mmio_find(const struct vm_config *vm, uint64_t ipa)
{
	const struct mmio_region *region = vm->mmio;
	const struct mmio_region *end = region + vm->mmio_count;

	do {
		/* For an IPA below the base, the difference wraps and is larger than any size. */
		if (ipa - region->base < region->size)
			return region;
	} while (++region != end);
	return NULL;
}

#endif
