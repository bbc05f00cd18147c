/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the states of a VM, and of the ends of its lives. */
#include "vm/names.h"

const char *vm_state_name(const struct vm_config *vm)
{
	static const char *const names[] = {
		[VM_ABSENT] = "not started",
		[VM_OFF] = "off",
		[VM_STARTING] = "starting",
		[VM_RUNNING] = "running",
		[VM_STOPPING] = "stopping",
		[VM_CRASHED] = "crashed",
	};

	/* Relaxed: nothing else depends on the state. */
	return names[VM_LIFE_STATE(atomic_load_explicit(&vm->shared->life, memory_order_relaxed))];
}

const char *vm_stop_name(enum vm_stop stop)
{
	static const char *const names[VM_STOPS] = {
		[VM_STOP_NONE] = "never",
		[VM_STOP_OFF] = "off",
		[VM_STOP_RESET] = "reset",
		[VM_STOP_CRASH] = "crashed",
		[VM_STOP_WATCHDOG] = "watchdog expired",
		[VM_STOP_REQUEST] = "stopped",
		[VM_STOP_RESTART] = "restart requested",
	};

	return names[stop];
}
