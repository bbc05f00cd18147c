/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM with direct interrupts whose guest keeps no rule: any access to the frames from up to four
 * vCPUs in any order, SGIs to anybody, any write of a register that traps, vCPUs that come and go,
 * lines of devices, a new life. After each step the interrupts of others and of EL2 are as before,
 * and the exit was short. The fake GIC refuses writes that are not the guest's to make.
 */
#include <string.h>

#include "direct/direct.h"
#include "gic/gic.h"
#include "gic_access.h"
#include "icc.h"

static struct machine before;
static bool on[MAX_VCPUS];

void gic_cpu_interface(const struct vcpu_config *config)
{
	(void)config;
}

uint8_t gic_mask(const struct vcpu_config *config, uint8_t priority)
{
	(void)config;
	return priority;
}

static void power(unsigned cpu, bool wanted)
{
	machine.here = cpu;
	machine.kicks = true;
	(wanted ? vm.arch.interrupts->cpu_on : vm.arch.interrupts->cpu_off)(machine_vcpu(cpu));
	machine.kicks = false;
	on[cpu] = wanted;
}

static void system_register(struct input *input, unsigned cpu)
{
	static const uint32_t registers[] = {
		SYSREG_ICC_PMR, SYSREG_ICC_CTLR, SYSREG_ICC_RPR, SYSREG_ICC_DIR};
	uint32_t reg = registers[input_below(input, 4)];
	uint64_t value = input_take(input, 8);

	machine.here = cpu;
	if (value & 1)
		vm.arch.interrupts->read_register(machine_vcpu(cpu), reg, &value);
	else
		vm.arch.interrupts->write_register(machine_vcpu(cpu), reg, value >> 1);
}

/* The VM ends and begins anew. */
static void reset(void)
{
	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++) {
		power(cpu, false);
		vgic_cpu_reset(machine_vcpu(cpu));
	}
	machine.here = 0;
	vm.arch.interrupts->vm_reset(&vm);
	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++)
		for (unsigned intid = 0; intid < INTIDS; intid++) {
			const struct physical *p = machine_physical(cpu, intid);

			REQUIRE(!machine_is_hardware(intid) ||
				!(p->enabled || p->latch || p->active));
		}
	power(0, true);
}

static void step(struct input *input)
{
	unsigned what = input_below(input, 16), cpu = input_below(input, machine.vcpus);
	unsigned intid = 32 + input_below(input, INTIDS - 32);

	machine.here = cpu;
	switch (what) {
	case 0:
		if (machine_emulated[intid / 32] >> intid % 32 & 1)
			vm.arch.interrupts->set_line(&vm, intid, input_below(input, 2));
		break;
	case 1:
		power(cpu, !on[cpu]);
		break;
	case 2:
		if (intid % 8 == 0)
			reset();
		break;
	case 3:
	case 4:
		vm.arch.interrupts->send_sgi(machine_vcpu(cpu),
			(enum sgi_register)input_below(input, 3), input_take(input, 7));
		break;
	case 5:
	case 6:
		system_register(input, cpu);
		break;
	case 7:
	case 8:
		gic_access(input, cpu, false);
		break;
	default:
		gic_access(input, cpu, true);
		break;
	}
}

static bool same(const struct physical *a, const struct physical *b)
{
	return a->enabled == b->enabled && a->latch == b->latch && a->active == b->active &&
	       a->edge == b->edge && a->priority == b->priority;
}

static void check(void)
{
	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++) {
		for (unsigned intid = 0; intid < 32; intid++) {
			const struct physical *p = &machine.pcpu[cpu].private[intid];

			REQUIRE(machine_is_hardware(intid) ||
				same(p, &before.pcpu[cpu].private[intid]));
			REQUIRE(on[cpu] || !machine_is_hardware(intid) || !p->enabled);
		}
		REQUIRE(!on[cpu] || machine.pcpu[cpu].mask >= GIC_GUEST_PRIORITY);
	}
	for (unsigned intid = 32; intid < INTIDS; intid++)
		REQUIRE(machine_is_hardware(intid) ||
			same(&machine.shared[intid], &before.shared[intid]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned vcpus = 1 + input_below(&input, MAX_VCPUS);

	machine_start_direct(vcpus, &interrupts_direct,
		(struct frames){directd_read, directr_read, directd_write, directr_write});
	memset(on, 0, sizeof(on));
	for (unsigned cpu = 0; cpu < vcpus; cpu++)
		power(cpu, true);
	before = machine;
	while (input.size > 0) {
		step(&input);
		check();
	}
	return 0;
}
