/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GIC under a guest that keeps no rule: any access to its frames from up to four vCPUs
 * in any order, SGIs to anybody, interrupts ended that were never taken, vCPUs that come and go,
 * while lines move and exits come late. After each step no interrupt is in two list registers, the
 * interrupts of others are as before, and the exit was short.
 */
#include <string.h>

#include "gic_access.h"

static struct physical others[INTIDS];

static unsigned some_vcpu(struct input *input)
{
	return input_below(input, machine.vcpus);
}

static void end(struct input *input, unsigned cpu)
{
	unsigned intid = (unsigned)input_take(input, 2);

	guest_end_wildly(
		cpu, intid & 0x8000 ? intid & 0x1fff : intid % INTIDS, input_below(input, 2));
}

/* The CPU interface as the guest sets it. */
static void interface(struct input *input, unsigned cpu)
{
	unsigned value = (unsigned)input_take(input, 1);

	switch (input_below(input, 4)) {
	case 0:
		guest_set_active_priorities(cpu, value & 1, (uint32_t)input_take(input, 4));
		break;
	case 1:
		guest_set_binary_point(cpu, value & 1, value >> 1 & 7);
		break;
	default:
		guest_interface(cpu, (unsigned)input_take(input, 1) & 0xf8, value & 3, value & 4);
		break;
	}
}

/* What a guest does; one that is off does nothing. */
static void guest(struct input *input, unsigned cpu)
{
	unsigned group;

	switch (input_below(input, 9)) {
	case 0:
		gic_access(input, cpu, false);
		break;
	case 1:
	case 2:
		gic_access(input, cpu, true);
		break;
	case 3:
		guest_send_sgi(cpu, input_below(input, 3), input_take(input, 7));
		break;
	case 4:
		guest_acknowledge(cpu, &group);
		break;
	case 5:
		end(input, cpu);
		break;
	case 6:
		guest_deactivate(cpu, (unsigned)input_take(input, 3));
		break;
	case 7:
		REQUIRE(!guest_is_quiet(cpu) || guest_highest(cpu) < 0);
		break;
	default:
		interface(input, cpu);
		break;
	}
}

static void step(struct input *input)
{
	unsigned what = input_below(input, 16), cpu = some_vcpu(input);
	unsigned intid = 16 + input_below(input, INTIDS - 16);

	switch (what) {
	case 0:
		machine_move_line(cpu, intid, input_below(input, 2));
		if (!machine_owns(intid) && intid >= 32)
			others[intid] = *machine_physical(0, intid);
		break;
	case 1:
	case 2:
		machine_exit(cpu);
		break;
	case 3:
		machine_settle();
		break;
	case 4:
		if (intid % 8 == 0 && !machine.pcpu[cpu].taken)
			guest_power(cpu, !guest_is_on(cpu));
		break;
	case 5:
		machine_take(cpu);
		break;
	default:
		if (guest_is_on(cpu) && !machine.pcpu[cpu].taken)
			guest(input, cpu);
		break;
	}
}

static void check(void)
{
	machine_check();
	for (unsigned intid = 32; intid < INTIDS; intid++)
		if (!machine_is_hardware(intid))
			REQUIRE(!memcmp(
				&others[intid], &machine.shared[intid], sizeof(others[intid])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned vcpus = 1 + input_below(&input, MAX_VCPUS);

	srand(1); /* exits that come while an access is executed again */
	machine_start(vcpus, 1 + input_below(&input, 4));
	memcpy(others, machine.shared, sizeof(others));
	for (unsigned cpu = 0; cpu < vcpus; cpu++) {
		guest_power(cpu, true);
		guest_interface(cpu, 0xf8, 3, false);
	}
	guest_write(0, false, GICD_CTLR, 4, 3);
	while (input.size > 0) {
		step(&input);
		check();
	}
	return 0;
}
