// SPDX-License-Identifier: Apache-2.0
/*
 * A control loop with a CPU of its own, for instance beside Linux (vm-configs/linux-rt.yaml): it
 * wakes up 1,000 times a second by the virtual timer, and once a second says how well it has kept
 * time.
 *
 * Period n begins when the counter has the value first + n * period, which is what the timer
 * compares it with. Every period is a tick, or is missed when the one before took so long that it
 * was over already: the two add up to the number of periods that the counter says have passed, or
 * the line begins with WRONG. `late` is from the compare value to the first read of the counter in
 * the interrupt handler.
 *
 * seconds=N on its command line ends it, and its VM, after N lines.
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "psci.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "control-loop";

enum { HZ = 1000 };

struct figures {
	uint64_t ticks, missed;   /* periods */
	uint64_t min, max, total; /* lateness of the ticks, in cycles of the counter */
};

static uint64_t period, first, due; /* cycles; `due` is what the timer is set to */
static uint64_t periods;            /* that are ticks or missed */
static uint32_t strange;            /* interrupts for no reason, periods that do not add up */
static struct figures figures;      /* of this second */

/* The work of a real control loop would be done here. */
static void wake_up(struct cpu *cpu, uint32_t intid)
{
	const struct timer *timer = &timers[VIRTUAL_TIMER];
	uint64_t now = timer->counter(), late = now - due, passed;

	(void)cpu;
	if (intid != timer->intid || now < due) {
		strange++;
		return;
	}
	passed = late / period;
	periods += 1 + passed;
	strange += periods != (now - first) / period;
	due += (1 + passed) * period;
	timer->set(due, true);

	figures.ticks++;
	figures.missed += passed;
	figures.total += late;
	figures.min = figures.ticks == 1 || late < figures.min ? late : figures.min;
	figures.max = late > figures.max ? late : figures.max;
}

static uint64_t nanoseconds(uint64_t cycles)
{
	return cycles * 1000000000 / read_sysreg(cntfrq_el0);
}

static void report(const struct figures *f)
{
	print("%s%lu ticks, %lu missed, late by %lu to %lu ns, %lu on average\n",
		strange ? "WRONG: " : "", f->ticks, f->missed, nanoseconds(f->min),
		nanoseconds(f->max), nanoseconds(f->total / f->ticks));
}

void test_main(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t seconds = fdt_bootarg_number("seconds=");

	timer_init();
	period = read_sysreg(cntfrq_el0) / HZ;
	cpu->on_irq = wake_up;
	gic_prepare(cpu, timers[VIRTUAL_TIMER].intid);
	first = timers[VIRTUAL_TIMER].counter();
	due = first + period;
	timers[VIRTUAL_TIMER].set(due, true);
	for (uint64_t lines = 0; !seconds || lines < seconds;) {
		wfi(); /* also wakes up for a masked interrupt, so none is slept over */
		irq_enable();
		irq_disable();
		if (figures.ticks + figures.missed < HZ)
			continue;

		struct figures second = figures;

		figures = (struct figures){0};
		irq_enable();
		report(&second);
		irq_disable();
		lines++;
	}
	psci_system_off();
}
