/* SPDX-License-Identifier: Apache-2.0 */
/* Lets every emulated device of a VM look at what has happened without an access of the guest. */
#include "device/devices.h"

#include <stddef.h>

void devices_serve(const struct vm_config *vm)
{
	for (uint32_t i = 0; i < vm->mmio_count; i++)
		if (vm->mmio[i].serve != NULL)
			vm->mmio[i].serve(vm->mmio[i].device);
}
