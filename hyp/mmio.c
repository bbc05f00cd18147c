/* SPDX-License-Identifier: Apache-2.0 */
#include "mmio.h"

#include <stddef.h>

#include "vcpu.h"

/* The tables put the regions that are accessed most first, so a search from the front is short where it matters. */
static inline const struct mmio_region *find(const struct vm_config *vm, uint64_t ipa, unsigned size)
{
	const struct mmio_region *region = vm->mmio;

	for (uint32_t left = vm->mmio_count; left > 0; left--, region++)
		/* Wraps where ipa is below the base, and is then past any size. No region is smaller than an access. */
		if (ipa - region->base <= region->size - size)
			return region;
	return NULL;
}

enum mmio_result mmio_access(struct vcpu *vcpu, uint64_t ipa, unsigned size, bool write, uint64_t *value)
{
	const struct mmio_region *region = find(vcpu->vm, ipa, size);
	uint64_t offset;

	if (!region || (ipa & (size - 1)) != 0)
		return MMIO_FAULT;
	offset = ipa - region->base;
	vcpu->shared->exits[region->exit]++;
	if (write)
		return region->write(vcpu, region->device, offset, size, *value);
	return region->read(vcpu, region->device, offset, size, value);
}

bool mmio_is_emulated(const struct vcpu *vcpu, uint64_t ipa)
{
	return find(vcpu->vm, ipa, 1) != NULL;
}
