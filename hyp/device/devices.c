/* SPDX-License-Identifier: Apache-2.0 */
#include "device/devices.h"

#include <stddef.h>

void devices_work(const struct vm_config *vm)
{
	for (uint32_t i = 0; i < vm->mmio_count; i++)
		if (vm->mmio[i].work != NULL)
			vm->mmio[i].work(vm->mmio[i].device);
}
