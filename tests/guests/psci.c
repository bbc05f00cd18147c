// SPDX-License-Identifier: Apache-2.0
/* PSCI 1.1 (DEN0022) and SMCCC 1.1 (DEN0028), by HVC and by SMC. */
#include "psci.h"

#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "psci";

enum { CYCLES = 25 };

extern void secondary_start(void);
int64_t call_keeping_registers(call_function *call, uint64_t id, uint32_t *changed);

struct conduit {
	const char *name;
	call_function *call;
};

static const struct conduit hvc = {"HVC", hvc_call};
static const struct conduit smc = {"SMC", smc_call};

/* A 32-bit call: the result is W0. */
static int32_t call32(const struct conduit *by, uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
	return (int32_t)by->call(id, a, b, c);
}

static void answers(int64_t actual, int64_t expected, const struct conduit *by, const char *what)
{
	check(actual == expected, "%s: %s answers %ld", by->name, what, expected);
	if (actual != expected)
		print("#   answered %ld\n", actual);
}

static void version_and_features(const struct conduit *by)
{
	static const struct {
		uint32_t id;
		const char *name;
	} mandatory[] = {
		{PSCI_FN_VERSION, "PSCI_VERSION"},
		{PSCI_FN_CPU_SUSPEND, "CPU_SUSPEND"},
		{PSCI_FN_CPU_SUSPEND | SMC64, "CPU_SUSPEND (64)"},
		{PSCI_FN_CPU_OFF, "CPU_OFF"},
		{PSCI_FN_CPU_ON, "CPU_ON"},
		{PSCI_FN_CPU_ON | SMC64, "CPU_ON (64)"},
		{PSCI_FN_AFFINITY_INFO, "AFFINITY_INFO"},
		{PSCI_FN_AFFINITY_INFO | SMC64, "AFFINITY_INFO (64)"},
		{PSCI_FN_SYSTEM_OFF, "SYSTEM_OFF"},
		{PSCI_FN_SYSTEM_RESET, "SYSTEM_RESET"},
		{PSCI_FN_FEATURES, "PSCI_FEATURES"},
	};
	int32_t version = call32(by, PSCI_FN_VERSION, 0, 0, 0);

	check(version >= 0x10001, "%s: PSCI_VERSION is 1.1 or later", by->name);
	for (uint32_t i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++)
		check(call32(by, PSCI_FN_FEATURES, mandatory[i].id, 0, 0) >= 0,
			"%s: PSCI_FEATURES knows %s", by->name, mandatory[i].name);
	answers(call32(by, PSCI_FN_FEATURES, 0x8400ff00, 0, 0), PSCI_NOT_SUPPORTED, by,
		"PSCI_FEATURES of an unknown call");
	int32_t type = call32(by, PSCI_FN_MIGRATE_INFO_TYPE, 0, 0, 0);

	check(type == 2 || type == PSCI_NOT_SUPPORTED, "%s: MIGRATE_INFO_TYPE: nothing to migrate",
		by->name);
	answers(call32(by, PSCI_FN_MIGRATE, 0, 0, 0), PSCI_NOT_SUPPORTED, by, "MIGRATE");
}

/* Calls that PSCI_FEATURES does not know answer NOT_SUPPORTED. */
static void optional_calls(const struct conduit *by)
{
	static const uint32_t ids[] = {0x8400000b, 0x8400000c, 0x8400000d, 0x8400000f, 0x84000010,
		0x84000011, 0x84000013, 0x84000014, 0xc4000007, 0xc400000c, 0xc400000d, 0xc4000010,
		0xc4000011, 0xc4000014};
	uint32_t disagree = 0;

	for (uint32_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (call32(by, PSCI_FN_FEATURES, ids[i], 0, 0) != PSCI_NOT_SUPPORTED)
			continue;
		if (call32(by, ids[i], ~0ull, ~0ull, ~0ull) != PSCI_NOT_SUPPORTED)
			disagree++;
	}
	check_equal(
		disagree, 0, "%s: calls that PSCI_FEATURES denies answer NOT_SUPPORTED", by->name);
}

static void smccc(const struct conduit *by)
{
	static const uint32_t unknown[] = {0x00000000, 0x0000ff01, 0x12345678, 0x8000ffff,
		0x81000000, 0x82000000, 0x83000000, 0x8400ff01, 0x84001000, 0x85000000, 0x86000000,
		0x8600ff01, 0x8600ff03, 0xb2000000, 0xbf00ff01, 0xc1000000, 0xc2000000, 0xc4000000,
		0xc4000002, 0xc4000008, 0xc4000009, 0xc600ff01, 0xff000000, 0xffffffff};
	uint32_t wrong = 0;

	check(call32(by, SMCCC_FN_VERSION, 0, 0, 0) >= 0x10001, "%s: SMCCC_VERSION is 1.1 or later",
		by->name);
	answers(call32(by, PSCI_FN_FEATURES, SMCCC_FN_VERSION, 0, 0), 0, by,
		"PSCI_FEATURES of SMCCC_VERSION");
	answers(call32(by, SMCCC_FN_ARCH_FEATURES, SMCCC_FN_VERSION, 0, 0), 0, by,
		"ARCH_FEATURES of SMCCC_VERSION");
	answers(call32(by, SMCCC_FN_ARCH_FEATURES, SMCCC_FN_ARCH_FEATURES, 0, 0), 0, by,
		"ARCH_FEATURES of itself");
	answers(call32(by, SMCCC_FN_ARCH_FEATURES, 0x80001234, 0, 0), PSCI_NOT_SUPPORTED, by,
		"ARCH_FEATURES of an unknown call");
	for (uint32_t id = 0x80008000; id > 0x80007ffd; id--) {
		/* ARCH_WORKAROUND_1 is 0x80008000, _2 0x80007fff, _3 0x80003fff. */
		uint32_t workaround = id == 0x80007ffe ? 0x80003fff : id;
		int32_t feature = call32(by, SMCCC_FN_ARCH_FEATURES, workaround, 0, 0);

		check(feature >= -2 && feature <= 1,
			"%s: ARCH_FEATURES answers for workaround 0x%x", by->name, workaround);
		if (feature >= 0)
			check(call32(by, workaround, 0, 0, 0) != PSCI_NOT_SUPPORTED,
				"%s: workaround 0x%x is there", by->name, workaround);
	}
	for (uint32_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		if (call32(by, unknown[i], 0, 0, 0) != PSCI_NOT_SUPPORTED) {
			print("#   0x%x answered\n", unknown[i]);
			wrong++;
		}
	}
	check_equal(wrong, 0, "%s: unknown and vendor calls answer NOT_SUPPORTED", by->name);
	answers(by->call(0xc4ff0000, 0, 0, 0), -1, by, "an unknown 64-bit call");
	check(call32(by, 0xdeadbeef00000000 | PSCI_FN_VERSION, 0, 0, 0) >= 0x10001,
		"%s: the function id is W0", by->name);
}

static void registers_survive(const struct conduit *by)
{
	uint32_t changed = 0;

	call_keeping_registers(
		by->call == hvc_call ? hvc_call : smc_call, PSCI_FN_VERSION, &changed);
	check_equal(changed, 0, "%s: a call changes no register but x0", by->name);
}

static void affinity_info(const struct conduit *by)
{
	uint64_t self = cpus[0].mpidr;

	answers(by->call(PSCI_FN_AFFINITY_INFO | SMC64, self, 0, 0), PSCI_ON, by,
		"AFFINITY_INFO of this CPU");
	answers(call32(by, PSCI_FN_AFFINITY_INFO, self, 0, 0), PSCI_ON, by,
		"32-bit AFFINITY_INFO of this CPU");
	if (cpu_count > 1)
		answers(by->call(PSCI_FN_AFFINITY_INFO | SMC64, cpus[1].mpidr, 0, 0), PSCI_OFF, by,
			"AFFINITY_INFO of a CPU that is off");
	answers(call32(by, PSCI_FN_AFFINITY_INFO | SMC64, 0xff00, 0, 0), PSCI_INVALID_PARAMETERS,
		by, "AFFINITY_INFO of no CPU");
	if (!on_plain)
		answers(call32(by, PSCI_FN_AFFINITY_INFO | SMC64, self, 4, 0),
			PSCI_INVALID_PARAMETERS, by, "AFFINITY_INFO of level 4");
}

static void cpu_on_refused(const struct conduit *by)
{
	uint64_t entry = (uint64_t)&secondary_start;

	answers(call32(by, PSCI_FN_CPU_ON | SMC64, cpus[0].mpidr, entry, 0), PSCI_ALREADY_ON, by,
		"CPU_ON of this CPU");
	answers(call32(by, PSCI_FN_CPU_ON, cpus[0].mpidr, entry, 0), PSCI_ALREADY_ON, by,
		"32-bit CPU_ON of this CPU");
	answers(call32(by, PSCI_FN_CPU_ON | SMC64, 0xff00, entry, 0), PSCI_INVALID_PARAMETERS, by,
		"CPU_ON of no CPU");
	answers(call32(by, PSCI_FN_CPU_ON | SMC64, 1ull << 32, entry, 0), PSCI_INVALID_PARAMETERS,
		by, "CPU_ON of no CPU by Aff3");
	answers(call32(by, PSCI_FN_CPU_ON | SMC64, cpu_count, entry, 0), PSCI_INVALID_PARAMETERS,
		by, "CPU_ON of one CPU too many");
	if (on_plain || cpu_count < 2)
		return;
	answers(call32(by, PSCI_FN_CPU_ON | SMC64, cpus[1].mpidr | 1ull << 31, entry, 0),
		PSCI_INVALID_PARAMETERS, by, "CPU_ON with a reserved bit of MPIDR");
	answers(call32(by, PSCI_FN_CPU_ON | SMC64, cpus[1].mpidr, uart_base, 0),
		PSCI_INVALID_ADDRESS, by, "CPU_ON at a device");
	answers(call32(by, PSCI_FN_CPU_ON | SMC64, cpus[1].mpidr, 0x7000000000, 0),
		PSCI_INVALID_ADDRESS, by, "CPU_ON outside memory");
	answers(call32(by, PSCI_FN_CPU_ON | SMC64, cpus[1].mpidr, ~3ull, 0), PSCI_INVALID_ADDRESS,
		by, "CPU_ON at the end of the address space");
	answers(by->call(PSCI_FN_AFFINITY_INFO | SMC64, cpus[1].mpidr, 0, 0), PSCI_OFF, by,
		"AFFINITY_INFO after CPU_ON was refused");
}

static _Atomic uint64_t context_seen;

static void arrive(struct cpu *cpu)
{
	context_seen = cpu->reset.x[0];
	while (cpu->argument == 1 && cpu->log_count == 0) {
		wfi();
		irq_enable();
		irq_disable();
	}
}

/* On, seen, off, CYCLES times; by SMC32 in every second cycle. */
static void on_and_off(const struct conduit *by, uint32_t target)
{
	struct cpu *cpu = &cpus[target];
	uint32_t before = cpu->runs;
	uint32_t i = 0;

	for (; i < CYCLES; i++) {
		uint32_t id = i % 2 ? PSCI_FN_CPU_ON : PSCI_FN_CPU_ON | SMC64;

		context_seen = 0;
		cpu->function = arrive;
		cpu->argument = 0;
		if (call32(by, id, cpu->mpidr, (uint64_t)&secondary_start, (uint64_t)cpu) !=
			PSCI_SUCCESS)
			break;
		if (!WAIT_FOR(context_seen == (uint64_t)cpu, LONG) || !cpu_wait_off(target))
			break;
	}
	check_equal(i, CYCLES, "%s: CPU %u goes on and off %d times, with its context id", by->name,
		target, CYCLES);
	check_equal(cpu->runs - before, CYCLES, "%s: CPU %u starts once for each CPU_ON", by->name,
		target);
}

/* CPU_ON of a CPU that is on, or on its way. */
static void on_twice(const struct conduit *by)
{
	context_seen = 0;
	if (!check(cpu_start(1, arrive, 1), "%s: CPU 1 starts", by->name))
		return;
	if (!on_plain) { /* QEMU 7.2 never answers ON_PENDING and starts the CPU twice */
		int32_t second = call32(
			by, PSCI_FN_CPU_ON | SMC64, cpus[1].mpidr, (uint64_t)&secondary_start, 0);

		check(second == PSCI_ON_PENDING || second == PSCI_ALREADY_ON,
			"%s: a second CPU_ON answers ON_PENDING or ALREADY_ON", by->name);
	}
	WAIT_FOR(context_seen == (uint64_t)&cpus[1], LONG);
	answers(call32(by, PSCI_FN_CPU_ON | SMC64, cpus[1].mpidr, (uint64_t)&secondary_start, 0),
		PSCI_ALREADY_ON, by, "CPU_ON of a CPU that is on");
	answers(by->call(PSCI_FN_AFFINITY_INFO | SMC64, cpus[1].mpidr, 0, 0), PSCI_ON, by,
		"AFFINITY_INFO of a CPU that is on");
	/* gic_init_cpu() left SGIs disabled. Enable one here, in the frame of the other CPU. */
	gic_write(&cpus[1], GICD_ISENABLER, 0);
	gic_sgi(&cpus[1], 0);
	check(cpu_wait_off(1), "%s: CPU 1 is off again", by->name);
}

static _Atomic uint32_t race_round;
static _Atomic uint32_t race_won;
static _Atomic uint32_t race_bad;
static _Atomic uint32_t race_done;

/* CPUs 1 and up, but for the last one: all try to turn the last one on in the same moment. */
static void racer(struct cpu *cpu)
{
	struct cpu *target = &cpus[cpu_count - 1];

	(void)cpu;
	for (uint32_t round = 1; round <= CYCLES; round++) {
		while (race_round < round)
			relax();
		int32_t answer = (int32_t)psci_cpu_on(
			target->mpidr, (uint64_t)&secondary_start, (uint64_t)target);

		if (answer == PSCI_SUCCESS)
			race_won++;
		else if (answer != PSCI_ALREADY_ON && answer != PSCI_ON_PENDING)
			race_bad++;
		race_done++;
	}
}

static void race(void)
{
	uint32_t racers = cpu_count - 2;
	struct cpu *target = &cpus[cpu_count - 1];
	uint32_t before = target->runs;
	uint32_t round = 1;

	for (uint32_t i = 1; i <= racers; i++)
		check(cpu_start(i, racer, 0), "CPU %u starts to race", i);
	target->function = arrive;
	target->argument = 1;
	for (; round <= CYCLES; round++) {
		gic_forget(target);
		race_done = 0;
		race_round = round;
		if (!WAIT_FOR(race_done == racers && target->runs == before + round, LONG))
			break;
		gic_write(target, GICD_ISENABLER, 0);
		gic_sgi(target, 0);
		if (!cpu_wait_off(cpu_count - 1))
			break;
	}
	race_round = ~0u;
	check_equal(round - 1, CYCLES,
		"CPUs that turn on the same one: it starts once in each of %d rounds", CYCLES);
	check_equal(race_won, CYCLES, "one of them is told SUCCESS");
	check_equal(race_bad, 0, "the others are told ALREADY_ON or ON_PENDING");
	for (uint32_t i = 1; i <= racers; i++)
		cpu_wait_off(i);
}

static void suspend(const struct conduit *by)
{
	struct cpu *cpu = this_cpu();
	const struct timer *timer = &timers[VIRTUAL_TIMER];

	gic_prepare(cpu, 2);
	gic_forget(cpu);
	gic_sgi(cpu, 2);
	answers(call32(by, PSCI_FN_CPU_SUSPEND | SMC64, 0, 0, 0), PSCI_SUCCESS, by,
		"CPU_SUSPEND with an interrupt pending");
	gic_take(cpu, 1, LONG);

	gic_prepare(cpu, timer->intid);
	timer->set(now() + milliseconds(2), true);
	int32_t answer = call32(by, PSCI_FN_CPU_SUSPEND, 0, 0, 0);

	check(answer == PSCI_SUCCESS && (timer->control() & TIMER_STATUS),
		"%s: CPU_SUSPEND ends with the timer", by->name);
	timer->stop();
	gic_write(cpu, GICD_ICENABLER, timer->intid);
	gic_write(cpu, GICD_ICENABLER, 2);
	gic_forget(cpu);
}

static void by(const struct conduit *conduit)
{
	version_and_features(conduit);
	affinity_info(conduit);
	cpu_on_refused(conduit);
	registers_survive(conduit);
	suspend(conduit);
	if (!on_plain) {
		optional_calls(conduit);
		smccc(conduit);
	}
	if (cpu_count > 1) {
		on_twice(conduit);
		for (uint32_t target = 1; target < cpu_count; target++)
			on_and_off(conduit, target);
	}
}

void test_main(void)
{
	timer_init();
	check(fdt_property_is(fdt_compatible("arm,psci-1.0"), "method", "hvc"),
		"the device tree says HVC");
	by(&hvc);
	if (on_plain)
		skip("PSCI by SMC");
	else
		by(&smc);
	if (cpu_count > 3 && !on_plain)
		race();
}
