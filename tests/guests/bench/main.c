// SPDX-License-Identifier: Apache-2.0
/*
 * What operations of a guest cost. Each is carried out COUNT times between marks: hints that do
 * nothing, which the plugin tests/bench/el2count.c sees. One line per operation: name, how often,
 * ticks of the counter.
 */
#include "bench.h"

#include "fdt.h"
#include "print.h"
#include "test.h"

const char test_name[] = "bench";

uint64_t ticks, since;

void end(const char *name)
{
	print("bench: %s: %d times, %lu ticks\n", name, COUNT, ticks);
}

void test_main(void)
{
	struct cpu *cpu = this_cpu();

	MEASURE("nothing", );
	measure_calls();
	measure_registers(cpu);
	if (fdt_bootarg("brief"))
		test_end();
	measure_interrupts(cpu);
	if (cpu_count > 1) {
		measure_interrupts_elsewhere();
		measure_cpu_on();
	}
	measure_disk(cpu);
	check(true, "measured");
	test_end();
}
