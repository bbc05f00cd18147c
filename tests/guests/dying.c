// SPDX-License-Identifier: Apache-2.0
/* Restarts for ever, with timers armed and SGIs and SPIs under way on all CPUs. Each CPU in turn
 * resets the VM. With `crash=N` on the command line every Nth life ends by a crash. */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "psci.h"
#include "survivor.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "dying";

enum { SGI = 5, SPI = 33 };

static _Atomic uint32_t there;

static void disturb(struct cpu *cpu)
{
	struct survivor *survivor = (struct survivor *)cpu->argument;
	struct timer *timer = &timers[VIRTUAL_TIMER];

	gic_prepare(cpu, SGI);
	gic_prepare(cpu, timer->intid);
	gic_prepare(cpu, SPI);
	timer->set(0, true);
	for (uint32_t i = 0; i < cpu_count; i++)
		gic_sgi(&cpus[i], SGI);
	gic_write(cpu, GICD_ISPENDR, SPI);
	there++;
	if (cpu->index == survivor->life % cpu_count && WAIT_FOR(there == cpu_count, LONG)) {
		uint64_t crash = fdt_bootarg_number("crash=");

		/* A pair of registers from a device has no syndrome: a crash. */
		if (crash && survivor->life % crash == 0)
			__asm__ volatile("ldp x0, x1, [%0]" ::"r"(gicd_base)
					 : "x0", "x1", "memory");
		hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
	}
	for (;;)
		relax();
}

void test_main(void)
{
	struct survivor *old = survivor();

	for (uint32_t i = 1; i < cpu_count; i++)
		cpu_start(i, disturb, (uint64_t)old);
	this_cpu()->argument = (uint64_t)old;
	disturb(this_cpu());
}
