// SPDX-License-Identifier: Apache-2.0
/* SYSTEM_RESET: the guest begins anew each time, from its pristine image, with one CPU on. Whoever watches ends it. */
#include "cpu.h"
#include "print.h"
#include "psci.h"
#include "test.h"

const char test_name[] = "reset";

static uint32_t written = 12345;

static void wait(struct cpu *cpu)
{
	cpu->argument = 0;
	for (;;)
		wfi();
}

void test_main(void)
{
	check_equal(written, 12345, "the image is as it was loaded");
	written = 0;
	for (uint32_t i = 1; i < cpu_count; i++) {
		check(psci_affinity_info(cpus[i].mpidr, 0) == PSCI_OFF, "CPU %u is off", i);
		check(cpu_start(i, wait, 1) && WAIT_FOR(cpus[i].argument == 0, LONG), "CPU %u starts", i);
	}
	print("# resets now\n");
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
	check(false, "SYSTEM_RESET does not return");
}
