/* SPDX-License-Identifier: Apache-2.0 */
#include "device/passthrough.h"

#include "arch.h"

enum mmio_result forward_read(struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	(void)vcpu;
	return arch_device_read((uint64_t)device + offset, size, value) ? MMIO_DONE : MMIO_FAULT;
}

enum mmio_result forward_write(struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	(void)vcpu;
	return arch_device_write((uint64_t)device + offset, size, value) ? MMIO_DONE : MMIO_FAULT;
}

bool vm_quiesce(const struct vm_config *vm)
{
	bool silent = true;

	for (uint32_t i = 0; i < vm->quiesce_count; i++) {
		const struct register_write *write = &vm->quiesce[i];

		silent &= arch_device_write(write->pa, write->size, write->value);
	}
	return silent;
}
