// SPDX-License-Identifier: Apache-2.0
/*
 * Restarts while interrupts have left CPUs in a special state. A bootarg says which:
 *
 * - `asleep`: the other CPUs sleep, and have never set up their GIC
 * - `active0`: an interrupt of Group 0 is active in the first CPU's interface
 * - `kicked`: the other CPUs take interrupts while SGI 15, which is the hypervisor's, is pending
 *   for them; 20 times
 * - `idle`: no special state; no SPI is pending in the next life
 * - `uart`: no restart; the interrupt of the UART is the guest's
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "psci.h"
#include "survivor.h"
#include "test.h"

const char test_name[] = "direct-lives";

static void must(bool done)
{
	if (!done)
		print("Bail out! A CPU does not start\n");
}

static void reset(void)
{
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

static void nothing(struct cpu *cpu)
{
	cpu->argument = 0;
}

static void busy(struct cpu *cpu)
{
	gic_prepare(cpu, 1);
	gic_sgi(cpu, 1);
	irq_enable();
	WAIT_FOR(cpu->log_count > 0, LONG);
	cpu->keep_active = true; /* as if the VM were stopped before the handler ends it */
	cpu->argument = 0;
	for (;;)
		relax();
}

void asleep(void);
__asm__(".text\n.global asleep\nasleep: wfi\n b asleep\n");

static void uart(void)
{
	volatile uint32_t *registers = (volatile uint32_t *)0x09000000;
	struct cpu *cpu = this_cpu();

	gic_prepare(cpu, 33);
	irq_enable();
	registers[0x38 / 4] = 1 << 5;
	print("# interrupt\n");
	check(WAIT_FOR(cpu->log_count > 0, LONG), "the UART's interrupt arrives");
	registers[0x38 / 4] = 0;
	irq_disable();
}

void test_main(void)
{
	struct survivor *all = survivor();

	print("# life %u\n", all->life);
	if (fdt_bootarg("uart")) {
		uart();
		return;
	}
	if (fdt_bootarg("idle")) {
		uint32_t pending = 0;

		for (uint32_t intid = 32; intid < 256; intid += 32)
			pending |= read32(gicd_base + GICD_ISPENDR + intid / 8);
		if (all->life == 1)
			reset();
		check_equal(pending, 0, "no SPI is pending");
	}
	if (fdt_bootarg("kicked") && all->life <= 20) {
		for (uint32_t i = 1; i < cpu_count; i++)
			must(cpu_start(i, busy, 1) && WAIT_FOR(cpus[i].argument == 0, LONG));
		write_sysreg(ICC_SGI1R_EL1, 15u << 24 | 0xfffe);
		isb();
		reset();
	}
	if (fdt_bootarg("asleep") && all->life == 1) {
		for (uint32_t i = 1; i < cpu_count; i++)
			must(psci_cpu_on(cpus[i].mpidr, (uint64_t)&asleep, 0) == PSCI_SUCCESS);
		for (uint64_t end = now() + milliseconds(200); now() < end;)
			relax();
		reset();
	}
	if (fdt_bootarg("active0") && all->life == 1) {
		write_sysreg(ICC_AP0R0_EL1, 1);
		isb();
		reset();
	}
	for (uint32_t i = 1; i < cpu_count; i++)
		check(cpu_start(i, nothing, 1) && WAIT_FOR(cpus[i].argument == 0, LONG),
			"CPU %u starts", i);
}
