// SPDX-License-Identifier: Apache-2.0
/*
 * Virtual and physical timer on every CPU: each interrupt arrives once. Interrupts are counted and
 * never timed, since a virtual machine may be late by any amount.
 */
#include "timer.h"

#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "test.h"

const char test_name[] = "timer";

enum { TICKS = 1000, LEVEL_TICKS = 10 };

struct count {
	_Atomic uint32_t ticks;   /* interrupts with the condition true */
	_Atomic uint32_t doubled; /* interrupts with the condition false */
	_Atomic uint32_t strange; /* any other interrupt */
	_Atomic bool lost;        /* the condition came true and nothing arrived */
	_Atomic bool done;
};

static struct count counts[MAX_CPUS][TIMERS];
static uint32_t wanted[MAX_CPUS][TIMERS];

/* Counts, and sets the timer for the next tick, or stops it after the last. */
static void tick(struct cpu *cpu, uint32_t intid)
{
	for (uint32_t i = 0; i < TIMERS; i++) {
		const struct timer *timer = &timers[i];
		struct count *count = &counts[cpu->index][i];

		if (timer->intid != intid)
			continue;
		if (!(timer->control() & TIMER_STATUS)) {
			count->doubled++;
			return;
		}
		if (++count->ticks >= wanted[cpu->index][i])
			timer->stop();
		else
			timer->set(
				timer->counter() + milliseconds(1) / (4 + count->ticks % 7), true);
		return;
	}
	counts[cpu->index][0].strange++;
}

/* True if the timer's condition has held for LONG with interrupts enabled, and nobody came. */
static bool overdue(const struct cpu *cpu, uint32_t which, uint64_t deadline)
{
	return counts[cpu->index][which].ticks < wanted[cpu->index][which] && now() > deadline;
}

static void run_timers(struct cpu *cpu, uint32_t first, uint32_t last, bool sleep)
{
	uint32_t before = 0;
	uint64_t deadline = now() + milliseconds(LONG);

	cpu->on_irq = tick;
	for (uint32_t i = first; i <= last; i++) {
		gic_prepare(cpu, timers[i].intid);
		timers[i].set(timers[i].counter() + milliseconds(1), true);
	}
	for (;;) {
		uint32_t ticks = counts[cpu->index][0].ticks + counts[cpu->index][1].ticks;
		bool all = true;

		for (uint32_t i = first; i <= last; i++) {
			all = all && counts[cpu->index][i].ticks >= wanted[cpu->index][i];
			counts[cpu->index][i].lost = overdue(cpu, i, deadline);
		}
		if (all || now() > deadline)
			break;
		if (ticks != before)
			deadline = now() + milliseconds(LONG);
		before = ticks;
		if (sleep)
			wfi();
		else
			relax();
		irq_enable();
		irq_disable();
	}
	/* Whatever is still on its way may arrive now. */
	irq_enable();
	WAIT_FOR(false, SHORT);
	irq_disable();
	for (uint32_t i = first; i <= last; i++) {
		timers[i].stop();
		gic_write(cpu, GICD_ICENABLER, timers[i].intid);
		counts[cpu->index][i].done = true;
	}
	cpu->on_irq = 0;
}

static void both_timers(struct cpu *cpu)
{
	run_timers(cpu, VIRTUAL_TIMER, PHYSICAL_TIMER, cpu->index % 2);
}

static void reset_counts(uint32_t ticks)
{
	for (uint32_t i = 0; i < MAX_CPUS; i++) {
		for (uint32_t t = 0; t < TIMERS; t++) {
			counts[i][t] = (struct count){0};
			wanted[i][t] = ticks;
		}
	}
}

static void report(const struct cpu *cpu, uint32_t which, const char *how)
{
	const struct count *count = &counts[cpu->index][which];
	bool ok = count->done && !count->lost && count->ticks == wanted[cpu->index][which] &&
	          !count->doubled && !count->strange;

	check(ok, "CPU %u, %s timer, %s: %u interrupts, none lost, none doubled", cpu->index,
		timers[which].name, how, wanted[cpu->index][which]);
	if (!ok)
		print("#   %u arrived, %u doubled, %u of other INTIDs, %s%s\n", count->ticks,
			count->doubled, count->strange, count->lost ? "one lost" : "none lost",
			count->done ? "" : ", CPU did not finish");
}

/* The CPU may make no progress between two interrupts of a level: the handler has to end it. */
static void stop_after_level_ticks(struct cpu *cpu, uint32_t intid)
{
	if (cpu->log_count < LEVEL_TICKS)
		return;
	for (uint32_t i = 0; i < TIMERS; i++) {
		if (timers[i].intid == intid)
			timers[i].set(0, false);
	}
}

/* A timer's line is a level: it interrupts again until the condition is gone. */
static void level(struct cpu *cpu, const struct timer *timer)
{
	gic_prepare(cpu, timer->intid);
	gic_forget(cpu);
	timer->set(0, true);
	check(gic_read(cpu, GICD_ISPENDR, timer->intid),
		"%s timer: pending while its condition holds", timer->name);
	gic_write(cpu, GICD_ICPENDR, timer->intid);
	check(gic_read(cpu, GICD_ISPENDR, timer->intid), "%s timer: ICPENDR does not end a level",
		timer->name);
	cpu->on_irq = stop_after_level_ticks;
	gic_take(cpu, LEVEL_TICKS, LONG);
	gic_take(cpu, LEVEL_TICKS + 1, SHORT);
	check_equal(cpu->log_count, LEVEL_TICKS,
		"%s timer: interrupts again and again while its condition holds", timer->name);
	check(!gic_read(cpu, GICD_ISPENDR, timer->intid), "%s timer: IMASK ends the interrupt",
		timer->name);
	check(timer->control() == (TIMER_ENABLE | TIMER_IMASK | TIMER_STATUS),
		"%s timer: control reads back", timer->name);
	timer->set(0, true);
	check(gic_read(cpu, GICD_ISPENDR, timer->intid), "%s timer: pending again without IMASK",
		timer->name);
	timer->stop();
	gic_forget(cpu);
	if (!on_plain && !is_direct) {
		/*
		 * In a list register already: EL2 cannot see that the line went low, and one
		 * interrupt comes late.
		 */
		gic_take(cpu, 1, SHORT);
		check(cpu->log_count <= 1, "%s timer: at most one late interrupt when stopped",
			timer->name);
		gic_forget(cpu);
	}
	check(!gic_read(cpu, GICD_ISPENDR, timer->intid), "%s timer: not pending when stopped",
		timer->name);
	check(!gic_take(cpu, 1, SHORT), "%s timer: no interrupt when stopped", timer->name);
	gic_write(cpu, GICD_ICENABLER, timer->intid);
	timer->set(0, true);
	check(!gic_take(cpu, 1, SHORT), "%s timer: no interrupt when disabled in the GIC",
		timer->name);
	gic_write(cpu, GICD_ISENABLER, timer->intid);
	check(gic_take(cpu, LEVEL_TICKS, LONG), "%s timer: interrupts once enabled in the GIC",
		timer->name);
	cpu->on_irq = 0;
	timer->stop();
	gic_write(cpu, GICD_ICENABLER, timer->intid);
}

static void counters(void)
{
	uint64_t last[TIMERS] = {0};
	uint32_t backwards = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		for (uint32_t t = 0; t < TIMERS; t++) {
			uint64_t value = timers[t].counter();

			backwards += value < last[t];
			last[t] = value;
		}
	}
	check_equal(backwards, 0, "counters never go backwards");
	check(read_sysreg(cntfrq_el0) >= 1000000, "CNTFRQ_EL0 is set");
	print("# CNTFRQ_EL0 is %lu Hz; CNTVCT is behind CNTPCT by %ld\n", read_sysreg(cntfrq_el0),
		(int64_t)(timers[PHYSICAL_TIMER].counter() - timers[VIRTUAL_TIMER].counter()));
}

static void compare_value(const struct timer *timer)
{
	uint64_t at = timer->counter() + milliseconds(3);
	uint32_t early = 0;

	timer->set(at, false);
	while (!(timer->control() & TIMER_STATUS)) {
		if (timer->counter() > at + milliseconds(LONG))
			break;
	}
	early = timer->counter() < at;
	check(!early && (timer->control() & TIMER_STATUS),
		"%s timer: its condition holds from CVAL on", timer->name);
	timer->set(~0ull >> 1, false);
	check(!(timer->control() & TIMER_STATUS),
		"%s timer: its condition does not hold before CVAL", timer->name);
	timer->stop();
}

void test_main(void)
{
	struct cpu *cpu = this_cpu();

	timer_init();
	check_equal(timers[VIRTUAL_TIMER].intid, 27, "the virtual timer's interrupt is PPI 11");
	check_equal(timers[PHYSICAL_TIMER].intid, 30, "the physical timer's interrupt is PPI 14");
	counters();
	for (uint32_t i = 0; i < TIMERS; i++) {
		compare_value(&timers[i]);
		level(cpu, &timers[i]);
	}

	for (uint32_t sleep = 0; sleep < 2; sleep++) {
		for (uint32_t i = 0; i < TIMERS; i++) {
			reset_counts(TICKS);
			run_timers(cpu, i, i, sleep);
			report(cpu, i, sleep ? "asleep" : "busy");
		}
	}

	reset_counts(TICKS);
	for (uint32_t i = 1; i < cpu_count; i++)
		check(cpu_start(i, both_timers, 0), "CPU %u starts", i);
	both_timers(cpu);
	for (uint32_t i = 0; i < cpu_count; i++) {
		if (i)
			check(cpu_wait_off(i), "CPU %u is off again", i);
		for (uint32_t t = 0; t < TIMERS; t++)
			report(&cpus[i], t, "all together");
	}
}
