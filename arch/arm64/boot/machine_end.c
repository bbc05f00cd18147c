/* SPDX-License-Identifier: Apache-2.0 */
/* Switches the machine off or resets it: by a device of the board, or else by PSCI. */
#include "arch.h"
#include "hw/cpu_insn.h"
#include "hw/smc.h"
#include "report/print.h"
#include "report/reports.h"
#include "vm/quiesce.h"

static uint32_t firmware_function(enum machine_end end)
{
	const struct firmware_config *firmware = &system_config.arch.firmware;

	return end == MACHINE_OFF ? firmware->system_off : firmware->system_reset;
}

bool arch_machine_can_end(enum machine_end end)
{
	return system_config.machine_ends[end].count > 0 || firmware_function(end) != 0;
}

void arch_machine_end(enum machine_end end)
{
	uint32_t function = firmware_function(end);

	report_finish();
	if (!arch_machine_can_end(end))
		print_raw("Every VM has ended, and nothing switches this board off\n");
	registers_write(&system_config.machine_ends[end]);
	if (function)
		smc_call(function, 0, 0, 0);
	cpu_stop();
}
