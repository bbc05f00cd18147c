/* SPDX-License-Identifier: Apache-2.0 */
#include "mmio.h"
#include "vcpu.h"

bool mmio_access(struct vcpu *vcpu, uint64_t ipa, unsigned size, bool write, uint64_t *value)
{
	const struct mmio_region *region = vcpu->vm->mmio;

	for (uint32_t left = vcpu->vm->mmio_count; left > 0; left--, region++) {
		/* Wraps where ipa is below the base, and is then past any size. No region is smaller than an access. */
		uint64_t offset = ipa - region->base;

		if (offset > region->size - size)
			continue;
		if ((offset & (size - 1)) != 0)
			return false;
		if (write)
			return region->write(vcpu, region->device, offset, size, *value);
		return region->read(vcpu, region->device, offset, size, value);
	}
	return false;
}
