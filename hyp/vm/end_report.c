/* SPDX-License-Identifier: Apache-2.0 */
/* Reports the end of a VM's life. */
#include "vm/end_report.h"

#include "cpu/vcpu.h"
#include "report/print.h"
#include "report/reports.h"
#include "vm/names.h"

/* Reports how often each vCPU of `vm` left its guest, by reason. */
static void print_exits(const struct vm_config *vm)
{
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		print("%s: vCPU %u exits:", vm->name, i);
		for (uint32_t reason = 0; reason < EXIT_REASONS; reason++) {
			uint64_t count = exit_count(&vm->vcpus[i], reason);

			if (count)
				print(" %s %lu", exit_name(reason), count);
		}
		print("\n");
	}
}

void vm_report_end(const struct vm_config *vm, enum vm_stop stop, bool again, bool silent)
{
	report_begin();
	print("%s: %s", vm->name, vm_stop_name(stop));
	if (again)
		print(", restarts");
	else if (!silent)
		print(", for good, as nothing silences a device of it");
	else if (vm_stop_is_failure(stop) && vm->restart_limit)
		print(", after as many restarts as its limit of %u allows", vm->restart_limit);
	print("\n");
	if (!again)
		print_exits(vm);
	report_end();
}
