/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the exit reasons. */
#include "cpu/vcpu.h"

const char *exit_name(uint32_t reason)
{
	static const char *const names[EXIT_REASONS] = {
		[EXIT_HVC] = "hvc",
		[EXIT_SMC] = "smc",
		[EXIT_FIRMWARE] = "firmware",
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

	return names[reason];
}
