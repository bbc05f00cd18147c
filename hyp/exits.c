/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"
#include "vcpu.h"

void vcpu_report_exits(const struct vm_config *vm)
{
	static const char *const names[EXIT_REASONS] = {
		[EXIT_HVC] = "hvc",
		[EXIT_SMC] = "smc",
		[EXIT_SGI] = "sgi",
		[EXIT_SYSREG] = "sysreg",
		[EXIT_GICD] = "gicd",
		[EXIT_GICR] = "gicr",
		[EXIT_DEVICE] = "device",
		[EXIT_ABORT] = "abort",
		[EXIT_KICK] = "kick",
		[EXIT_TIMER] = "timer",
		[EXIT_SPI] = "spi",
		[EXIT_MAINTENANCE] = "maintenance",
		[EXIT_UART] = "uart",
		[EXIT_WATCHDOG] = "watchdog",
		[EXIT_OTHER] = "other",
	};

	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		print("%s: vCPU %u exits:", vm->name, i);
		for (unsigned reason = 0; reason < EXIT_REASONS; reason++) {
			uint64_t count =
				atomic_load_explicit(&vm->vcpus[i].shared->exits[reason], memory_order_relaxed);

			if (count)
				print(" %s %lu", names[reason], count);
		}
		print("\n");
	}
}
