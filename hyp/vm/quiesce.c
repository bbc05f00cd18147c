/* SPDX-License-Identifier: Apache-2.0 */
/* Silences a VM's passed-through devices. */
#include "vm/quiesce.h"

#include "arch.h"

bool vm_quiesce(const struct vm_config *vm)
{
	bool silent = true;

	for (uint32_t i = 0; i < vm->quiesce_count; i++) {
		const struct register_write *write = &vm->quiesce[i];

		silent &= arch_device_write(write->pa, write->size, write->value);
	}
	return silent;
}
