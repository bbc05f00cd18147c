// SPDX-License-Identifier: Apache-2.0
/*
 * WFI wakes up by timer and by SGI, masked or not, and never sleeps over an interrupt that is
 * pending already.
 */
#include "cpu.h"
#include "gic.h"
#include "print.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "wfi";

enum { ROUNDS = 200 };

static _Atomic uint32_t waiting;
static _Atomic uint32_t woken;

/* Sleeps with interrupts masked; each SGI wakes it once. */
static void sleeper(struct cpu *cpu)
{
	gic_prepare(cpu, 1);
	for (uint32_t i = 0; i < cpu->argument; i++) {
		waiting = i + 1;
		while (cpu->log_count == i) {
			wfi();
			irq_enable();
			irq_disable();
		}
		woken = i + 1;
	}
}

static void timer_wakes(struct cpu *cpu, const struct timer *timer)
{
	uint32_t early = 0;
	uint32_t rounds = 0;

	gic_prepare(cpu, timer->intid);
	for (; rounds < 20; rounds++) {
		uint64_t end = now() + milliseconds(1);

		gic_forget(cpu);
		timer->set(end, true);
		while (cpu->log_count == 0) {
			wfi();
			early += now() < end;
			irq_enable();
			irq_disable();
			if (now() > end + milliseconds(LONG))
				break;
		}
		if (cpu->log_count == 0)
			break;
	}
	timer->stop();
	check(rounds == 20, "WFI wakes by the %s timer, interrupts masked", timer->name);
	print("# woken before the time %u times\n", early);
	gic_write(cpu, GICD_ICENABLER, timer->intid);
}

static void stop_timer(struct cpu *cpu, uint32_t intid)
{
	(void)cpu;
	for (uint32_t i = 0; i < TIMERS; i++) {
		if (timers[i].intid == intid)
			timers[i].stop();
	}
}

void test_main(void)
{
	struct cpu *cpu = this_cpu();

	timer_init();
	gic_prepare(cpu, 3);
	gic_sgi(cpu, 3);
	wfi();
	check(gic_take(cpu, 1, LONG), "WFI returns at once with an interrupt pending");

	cpu->on_irq = stop_timer;
	for (uint32_t i = 0; i < TIMERS; i++)
		timer_wakes(cpu, &timers[i]);
	cpu->on_irq = 0;

	for (uint32_t target = 1; target < cpu_count; target++) {
		uint32_t i = 0;

		waiting = 0;
		woken = 0;
		if (!check(cpu_start(target, sleeper, ROUNDS), "CPU %u starts", target))
			continue;
		for (; i < ROUNDS; i++) {
			if (!WAIT_FOR(waiting == i + 1, LONG))
				break;
			if (i % 2) /* let it fall asleep for half of them */
				WAIT_FOR(false, 1);
			gic_sgi(&cpus[target], 1);
			if (!WAIT_FOR(woken == i + 1, LONG))
				break;
		}
		check_equal(i, ROUNDS, "CPU %u: each SGI ends one WFI", target);
		check(cpu_wait_off(target), "CPU %u is off again", target);
	}
}
