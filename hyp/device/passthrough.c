/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forwards a guest's accesses to registers of passed-through devices that are smaller than a page.
 */
#include "device/passthrough.h"

#include "arch.h"

enum mmio_result passthrough_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	(void)vcpu;
	return arch_device_read((uint64_t)device + offset, size, value) ? MMIO_DONE : MMIO_FAULT;
}

enum mmio_result passthrough_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	(void)vcpu;
	return arch_device_write((uint64_t)device + offset, size, value) ? MMIO_DONE : MMIO_FAULT;
}
