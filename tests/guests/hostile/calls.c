// SPDX-License-Identifier: Apache-2.0
/* HVC and SMC with any arguments; CPUs and VMs that come and go. */
#include "gic.h"
#include "hostile.h"
#include "print.h"
#include "psci.h"
#include "timer.h"

enum { YIELD = 0xd503203f, BACK = 0x17ffffff }; /* B to the instruction before */

static uint64_t wild(void)
{
	switch (random_below(6)) {
	case 0:
		return random_below(8);
	case 1:
		return cpus[random_below(cpu_count)].mpidr;
	case 2:
		return ram_base + (random64() & (ram_size - 1));
	case 3:
		return HYPERVISOR + (random64() & 0xffffff);
	case 4:
		return random64();
	default:
		return ~0ull << random_below(64);
	}
}

void calls(struct cpu *cpu)
{
	uint32_t count = 0;

	for (; !over(); count++) {
		uint64_t id = random64() >> random_below(64);

		switch (random_below(4)) {
		case 0:
			id = 0x84000000 | random_below(0x40) | (random_below(2) ? SMC64 : 0);
			break;
		case 1:
			id = 0x80000000 | (id & 0x7f00ffff);
			break;
		case 2:
			id = (0x80000000 | (id & 0x7f000000)) + random_below(3) * 0x7fff +
			     random_below(4);
			break;
		default:
			break;
		}
		uint32_t function = (uint32_t)id & ~SMC64;

		/* these end the attack: `lives` has them */
		if (function == PSCI_FN_CPU_OFF || function == PSCI_FN_SYSTEM_OFF ||
			function == PSCI_FN_SYSTEM_RESET || function == PSCI_FN_CPU_SUSPEND)
			continue;
		if (function == PSCI_FN_CPU_ON && random_below(16))
			continue;
		if (random_below(2))
			hvc_call(id, wild(), wild(), wild());
		else
			smc_call(id, wild(), wild(), wild());
	}
	print("# CPU %u: %u calls\n", cpu->index, count);
}

/* Code for CPUs that start anywhere in it: they stay there. */
static void make_trap(void)
{
	uint32_t *code = code_of(0);

	for (uint32_t i = 0; i < CODE / 4; i++)
		code[i] = i % 2 ? BACK : YIELD;
	synchronize(code, CODE);
}

/* CPUs that come, go, suspend and end the world all at once. */
void lives(struct cpu *cpu)
{
	uint64_t moment = now() + milliseconds(1) + random64() % milliseconds(2);

	progress->lives++;
	make_trap();
	while (now() < moment) {
		for (uint32_t i = 1; i < cpu_count; i++)
			hvc_call(PSCI_FN_CPU_ON | SMC64, cpus[i].mpidr,
				(uint64_t)code_of(0) + (random64() & (CODE - 4)), 0);
		if (random_below(8) == 0) {
			write32(cpu->gicr + GICR_SGI + GICD_ISENABLER, 1u << 27);
			write_sysreg(cntv_tval_el0, 1000);
			write_sysreg(cntv_ctl_el0, 1);
			hvc_call(PSCI_FN_CPU_SUSPEND, random64(), wild(), wild());
			write_sysreg(cntv_ctl_el0, 0);
		}
		write_sysreg(ICC_SGI1R_EL1, 1ull << 40);
	}
	if (cpu->index && random_below(3) == 0)
		psci_cpu_off();
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

/* A VM that restarts for ever, and never starts its other CPUs. */
void resets(struct cpu *cpu)
{
	(void)cpu;
	progress->lives++;
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}
