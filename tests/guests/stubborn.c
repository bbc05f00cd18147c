// SPDX-License-Identifier: Apache-2.0
/*
 * CPUs that do not want to be stopped. Each has an interrupt active, one pending, and its timer
 * due. Then it takes a stance: it spins with all masked, sleeps, is lost in its vectors, or has set
 * its CPU interface so that no interrupt gets through. In the next life nothing of that is left.
 *
 * Bootargs:
 *
 * - `reset`, `crash`: CPU 0 ends each life but the last in this way; without, somebody else does
 * - `lives=N`: goes off in life N
 * - `stance=N`: all CPUs take this stance; without, each has one of its own that changes with the
 *   life, but none in which a CPU with direct interrupts may not wake up
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "psci.h"
#include "survivor.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "stubborn";

enum { HELD = 3, LEFT = 4 };

static _Atomic uint32_t standing, dirty;

/* One instruction, no memory but its own. */
static void spin(void)
{
	__asm__ volatile("1: b 1b");
}

static void sleep(void)
{
	for (;;)
		wfi();
}

/* For the CPU interface, something of the highest priority is active. Where QEMU ignores that,
 * ICC_BPR1_EL1 = 7 lets nothing preempt what is active already. */
static void block(void)
{
	write_sysreg(ICC_BPR1_EL1, 7);
	write_sysreg(ICC_AP1R0_EL1, ~0u);
	isb();
}

static void spin_masked(void)
{
	spin();
}

static void sleep_masked(void)
{
	gic_set_mask(0xff);
	sleep();
}

/* Each interrupt returns at once, and the timer's is due again: the CPU makes no progress. */
static void no_progress(void)
{
	static uint32_t vectors[0x800 / 4] __attribute__((aligned(0x800)));

	for (uint32_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		vectors[i] = 0xd69f03e0; /* ERET */
	for (uint32_t i = 0; i < sizeof(vectors); i += 16)
		__asm__ volatile("dc cvau, %0" ::"r"((uint64_t)vectors + i) : "memory");
	__asm__ volatile("dsb ish; ic iallu; dsb ish; isb" ::: "memory");
	write_sysreg(vbar_el1, vectors);
	isb();
	irq_enable();
	spin();
}

static void spin_blocked(void)
{
	block();
	spin();
}

static void spin_disabled(void)
{
	write_sysreg(ICC_IGRPEN0_EL1, 0);
	write_sysreg(ICC_IGRPEN1_EL1, 0);
	isb();
	spin();
}

static void spin_without_priorities(void)
{
	gic_set_mask(0);
	spin();
}

/* Makes exits all the time. */
static void call(void)
{
	for (;;)
		hvc_call(PSCI_FN_VERSION, 0, 0, 0);
}

static void sleep_blocked(void)
{
	block();
	sleep();
}

static void sleep_disabled(void)
{
	write_sysreg(ICC_IGRPEN0_EL1, 0);
	write_sysreg(ICC_IGRPEN1_EL1, 0);
	isb();
	sleep();
}

static void sleep_without_priorities(void)
{
	gic_set_mask(0);
	sleep();
}

/* Sleeps as in a handler that nothing preempts. */
static void sleep_in_handler(void)
{
	write_sysreg(ICC_BPR1_EL1, 7);
	isb();
	sleep();
}

static const struct stance {
	const char *name;
	void (*take)(void);
} stances[] = {
	{"spins, interrupts masked", spin_masked},
	{"sleeps, interrupts masked", sleep_masked},
	{"comes no further than its vectors", no_progress},
	{"spins, all priorities active", spin_blocked},
	{"spins, groups disabled", spin_disabled},
	{"spins, all priorities masked", spin_without_priorities},
	{"calls", call},
	/* Only with `stance=`: */
	{"sleeps, all priorities active", sleep_blocked},
	{"sleeps, groups disabled", sleep_disabled},
	{"sleeps, all priorities masked", sleep_without_priorities},
	{"sleeps, in a handler that nothing preempts", sleep_in_handler},
};

enum { STANCES = sizeof(stances) / sizeof(stances[0]), AWAKE = STANCES - 4 };

static const struct stance *stance_of(const struct cpu *cpu, uint32_t life)
{
	if (fdt_bootarg_number("stance="))
		return &stances[fdt_bootarg_number("stance=") - 1];
	return &stances[(life + cpu->index) % AWAKE];
}

/* As after power-on: gic_init_cpu() has not touched these. */
static bool is_clean(const struct cpu *cpu)
{
	return read_sysreg(ICC_AP1R0_EL1) == 0 && read_sysreg(ICC_RPR_EL1) == 0xff &&
	       (cpu->reset.cntv_ctl & 1) == 0 && (cpu->reset.cntp_ctl & 1) == 0 &&
	       (is_sole || read_sysreg(ICC_AP0R0_EL1) == 0);
}

/* One SGI active, one pending, and the timer's interrupt pending. */
static void leave_behind(struct cpu *cpu)
{
	gic_prepare(cpu, HELD);
	gic_prepare(cpu, LEFT);
	gic_prepare(cpu, timers[VIRTUAL_TIMER].intid);
	gic_sgi(cpu, HELD);
	while (read_sysreg(ICC_IAR1_EL1) != HELD)
		relax();
	gic_set_priority(cpu, LEFT, 0xc0);
	gic_sgi(cpu, LEFT);
	timers[VIRTUAL_TIMER].set(0, true);
	/* A sole owner's Group 0 is the hardware's: with this, nothing would stop it asleep. */
	if (!is_sole)
		write_sysreg(ICC_AP0R0_EL1, 4);
}

static void stand(struct cpu *cpu)
{
	const struct stance *stance = (const struct stance *)cpu->argument;

	dirty += !is_clean(cpu);
	leave_behind(cpu);
	standing++;
	stance->take();
}

static void end_life(void)
{
	if (fdt_bootarg("crash")) /* a pair from a device has no syndrome: a crash */
		__asm__ volatile("ldp x0, x1, [%0]" ::"r"(gicd_base) : "x0", "x1", "memory");
	if (fdt_bootarg("reset"))
		hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

void test_main(void)
{
	uint32_t life = survivor()->life, states = 0;
	struct cpu *self = this_cpu();

	for (uint32_t i = 0; i < cpu_count; i++) {
		uint64_t frame = cpus[i].gicr + GICR_SGI;

		states |= i ? read32(frame + GICD_ISENABLER) | read32(frame + GICD_ISPENDR) |
		                          read32(frame + GICD_ISACTIVER)
		            : gic_reset.enabled | gic_reset.pending | gic_reset.active;
	}
	check_equal(states, 0, "life %u: no SGI or PPI is enabled, pending or active", life);
	check(is_clean(self), "life %u: nothing is active at CPU 0, and no timer runs", life);
	timer_init();
	for (uint32_t i = 1; i < cpu_count; i++) {
		const struct stance *stance = stance_of(&cpus[i], life);

		print("# life %u: CPU %u %s\n", life, i, stance->name);
		if (!cpu_start(i, stand, (uint64_t)stance))
			check(false, "CPU %u starts", i);
	}
	check(WAIT_FOR(standing == cpu_count - 1, LONG) && !dirty, "life %u: nor at the others",
		life);
	if (life == fdt_bootarg_number("lives="))
		return;
	print("# life %u stands\n", life);
	leave_behind(self);
	WAIT_FOR(false, 2); /* those that fall asleep do so meanwhile */
	end_life();
	stance_of(self, life)->take();
}
