/* SPDX-License-Identifier: Apache-2.0 */
/* Silences a VM's passed-through devices. */
#include "vm/quiesce.h"

#include "arch.h"

bool registers_write(const struct register_writes *wanted)
{
	bool done = true;

	for (uint32_t i = 0; i < wanted->count; i++) {
		const struct register_write *write = &wanted->writes[i];

		done &= arch_device_write(write->pa, write->size, write->value);
	}
	return done;
}

bool vm_quiesce(const struct vm_config *vm)
{
	return registers_write(&vm->quiesce);
}
