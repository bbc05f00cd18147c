/* SPDX-License-Identifier: Apache-2.0 */
/* Switches the machine off by PSCI, or stops this CPU if the firmware has none. */
#include "arch.h"
#include "hw/cpu_insn.h"
#include "hw/smc.h"
#include "report/reports.h"

void arch_machine_off(void)
{
	report_finish();
	if (system_config.arch.firmware.system_off)
		smc_call(system_config.arch.firmware.system_off, 0, 0, 0);
	cpu_stop();
}
