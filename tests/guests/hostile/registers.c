// SPDX-License-Identifier: Apache-2.0
/* Every system register and instruction that can be encoded, and the debug registers on purpose. */
#include "gic.h"
#include "hostile.h"
#include "print.h"
#include "psci.h"

/* Every system instruction of one op0, read and write; CRn 1 and 2 of op0 = 0 wait. */
static void encodings(struct cpu *cpu, uint32_t op0, bool read)
{
	uint32_t *stubs = code_of(cpu->index);
	uint32_t executed = 0;

	for (uint32_t group = cpu->index; group < 128 && !over(); group += cpu_count) {
		uint32_t op1 = group >> 4, crn = group & 15;

		if (op0 == 0 && (crn == 1 || crn == 2))
			continue;
		for (uint32_t i = 0; i < 128; i++) {
			stubs[2 * i] = 0xd5000000 | (uint32_t)read << 21 | op0 << 19 | op1 << 16 |
			               crn << 12 | (i >> 3) << 8 | (i & 7) << 5;
			stubs[2 * i + 1] = RET;
		}
		synchronize(stubs, 1024);
		for (uint32_t i = 0; i < 128; i++) {
			uint64_t value = random64() >> random_below(64);
			bool control = op0 == 3 && op1 == 0 && (crn == 1 || crn == 2 || crn == 10);

			if (op0 <= 1) /* addresses: its own, nobody's */
				value = random_below(2) ? (uint64_t)&stubs[1024] + (value & 0xfffff)
				                        : value;
			if (op0 == 3 && op1 == 0 && crn == 1 && i == 0)
				value &= ~(1ull << 0 | 1ull << 19 | 1ull << 25);
			/* QEMU 7.2 ends by an assertion if ICC_BPRn_EL1 is 8 or more. */
			if (op0 == 3 && crn == 12 && (i & 7) == 3)
				value &= 7;
			guarded((uint64_t)&stubs[2 * i], value, !read && control);
			executed++;
		}
	}
	print("# CPU %u: op0 %u, %s: %u executed, %u exceptions so far\n", cpu->index, op0,
		read ? "read" : "write", executed, exceptions[cpu->index]);
}

void system_registers(struct cpu *cpu)
{
	encodings(cpu, 3, true);
	encodings(cpu, 2, true);
	encodings(cpu, 2, false);
	encodings(cpu, 3, false);
}

void system_instructions(struct cpu *cpu)
{
	encodings(cpu, 1, false);
	encodings(cpu, 1, true);
	encodings(cpu, 0, false);
	encodings(cpu, 0, true);
}

/*
 * Breakpoints and watchpoints at EL2's addresses, for every state that can be asked for; the PMU
 * counting EL2.
 */
void debug(struct cpu *cpu)
{
	write_sysreg(oslar_el1, 0);
	while (!over()) {
		uint64_t address =
			random_below(2) ? HYPERVISOR + (random64() & 0x3fffc) : random64() & ~3ull;
		uint64_t control = (random64() & 0xffffe1ff) | 1;

		write_sysreg(dbgbvr0_el1, address);
		write_sysreg(dbgbcr0_el1, control | 0xf << 5);
		write_sysreg(dbgbvr1_el1, address + 0x800);
		write_sysreg(dbgbcr1_el1, 1 | 3 << 1 | 0xf << 5 | 1 << 13 | 3 << 14);
		write_sysreg(dbgwvr0_el1, random_below(2) ? gicd_base : address & ~7ull);
		write_sysreg(dbgwcr0_el1, (random64() & ~0x1fe0ull) | 0xff << 5 | 1);
		write_sysreg(dbgwvr1_el1, HYPERVISOR);
		write_sysreg(dbgwcr1_el1,
			1 | 3 << 1 | 3 << 3 | 0xff << 5 | 1 << 13 | 3 << 14 | 30u << 24);
		write_sysreg(osdlr_el1, random64() & 1);
		write_sysreg(mdscr_el1, 1u << 15 | 1u << 13 | (random64() & 1));
		write_sysreg(pmccfiltr_el0, random64());
		write_sysreg(pmevtyper0_el0, random64() & 0xffffffff);
		write_sysreg(pmcntenset_el0, ~0u);
		write_sysreg(pmintenset_el1, ~0u);
		write_sysreg(pmccntr_el0, ~0ull - 100);
		write_sysreg(pmcr_el0, random64() & 0xff);
		__asm__ volatile("msr daifclr, #8; isb" ::: "memory");
		read32(gicd_base + GICD_TYPER);
		hvc_call(PSCI_FN_VERSION, 0, 0, 0);
		write_sysreg(ICC_SGI1R_EL1, 1);
		isb();
		__asm__ volatile("msr daifset, #8; isb" ::: "memory");
		write_sysreg(mdscr_el1, 0);
	}
	print("# CPU %u: %u exceptions\n", cpu->index, exceptions[cpu->index]);
}
