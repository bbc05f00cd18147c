// SPDX-License-Identifier: Apache-2.0
/* Endless exits. */
#include "gic.h"
#include "hostile.h"
#include "print.h"
#include "psci.h"

/* EL2 as often as possible. */
void exits(struct cpu *cpu)
{
	uint32_t count = 0;

	for (; !over(); count++) {
		hvc_call(PSCI_FN_VERSION, 0, 0, 0);
		smc_call(0xffffffff, 0, 0, 0);
		read32(gicd_base + GICD_CTLR);
		read32(cpus[count % cpu_count].gicr + GICR_SGI + GICD_ISPENDR);
		write_sysreg(ICC_SGI1R_EL1, 0xffff);
		write_sysreg(actlr_el1, count);
		EXPECT(read32(SOMEWHERE));
		read32(0x09000018);
	}
	print("# CPU %u: %u rounds\n", cpu->index, count);
}

/* The console, as fast as it goes, without looking whether there is room. */
void flood(struct cpu *cpu)
{
	for (uint32_t i = 0; !over(); i++) {
		write32(UART, 'a' + (cpu->index + i) % 26);
		if (i % 8 == 7)
			write32(UART + 4 * random_below(20), (uint32_t)random64());
		if (i % 100 == 99)
			write32(UART, '\n');
	}
	write32(0x09000030, 0x301);
}
