// SPDX-License-Identifier: Apache-2.0
/*
 * SYSTEM_RESET: the guest begins anew each time, from its pristine image, with one CPU on, until
 * somebody ends it. Bootarg `cleared`: the rest of its RAM is zero each time. Bootarg `quiesced`: a
 * device register that it writes is zero each time.
 */
#include "cpu.h"
#include "fdt.h"
#include "print.h"
#include "psci.h"
#include "survivor.h"
#include "test.h"

const char test_name[] = "reset";

enum { GPIODIR = 0x400 };

static uint32_t written = 12345;

static void wait(struct cpu *cpu)
{
	cpu->argument = 0;
	for (;;)
		wfi();
}

/* RAM between the image and the device tree. */
static void look_at_ram(void)
{
	uint64_t bits = 0;

	for (const uint64_t *word = (const uint64_t *)image_end; (uint64_t)word < dtb_address;
		word++)
		bits |= *word;
	check_equal(bits, 0, "RAM is cleared");
}

/* GPIO lines are not driven as the life before has driven them. */
static void look_at_gpio(void)
{
	uint64_t base = 0, size;

	check(fdt_reg(fdt_compatible("arm,pl061"), 0, &base, &size), "there are GPIO lines");
	check_equal(read32(base + GPIODIR), 0, "all of them are inputs");
	write32(base + GPIODIR, 0xff);
	check_equal(read32(base + GPIODIR), 0xff, "now they are outputs");
}

void test_main(void)
{
	if (fdt_bootarg("cleared"))
		look_at_ram();
	if (fdt_bootarg("quiesced"))
		look_at_gpio();
	print("# life %u\n", survivor()->life);
	check_equal(written, 12345, "the image is as it was loaded");
	written = 0;
	for (uint32_t i = 1; i < cpu_count; i++) {
		check(psci_affinity_info(cpus[i].mpidr, 0) == PSCI_OFF, "CPU %u is off", i);
		check(cpu_start(i, wait, 1) && WAIT_FOR(cpus[i].argument == 0, LONG),
			"CPU %u starts", i);
	}
	print("# resets now\n");
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
	check(false, "SYSTEM_RESET does not return");
}
