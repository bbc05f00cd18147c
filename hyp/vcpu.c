/* SPDX-License-Identifier: Apache-2.0 */
#include "vcpu.h"

#include "console.h"

void vcpu_ask(const struct vcpu_config *target, uint32_t bits)
{
	/*
	 * Release: what the bits are about is there before them. Pairs with the acquiring exchange by which the target
	 * takes the word after it has acknowledged the kick: bits found set mean that exchange, and its kick, are to
	 * come.
	 */
	if (atomic_fetch_or_explicit(&target->shared->work, bits, memory_order_release) == 0)
		arch_kick(target);
}

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
		[EXIT_OTHER] = "other",
	};

	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		const uint64_t *exits = vm->vcpus[i].shared->exits;

		print("%s: vCPU %u exits:", vm->name, i);
		for (unsigned reason = 0; reason < EXIT_REASONS; reason++)
			if (exits[reason])
				print(" %s %lu", names[reason], exits[reason]);
		print("\n");
	}
}
