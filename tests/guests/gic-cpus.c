// SPDX-License-Identifier: Apache-2.0
/* SGIs to every set of CPUs, and redistributors written by another CPU than their own. */
#include "cpu.h"
#include "gic.h"
#include "listener.h"
#include "test.h"

const char test_name[] = "gic-cpus";

static void each_to_each(void)
{
	for (uint32_t target = 0; target < cpu_count; target++) {
		uint32_t right = 0;

		for (uint32_t intid = 0; intid < LISTENER_SGIS; intid++) {
			gic_sgi(&cpus[target], intid);
			right += listeners_heard(&cpus[target], intid, 1);
		}
		check_equal(right, LISTENER_SGIS, "each SGI from CPU 0 arrives at CPU %u alone",
			target);
	}
}

/* True if SGI 3 sent by `value` arrives once at the CPUs of `expected`, and nowhere else. */
static bool sgi_reaches(uint64_t value, uint32_t expected)
{
	uint32_t count = 0;
	bool right;

	for (uint32_t i = 0; i < cpu_count; i++)
		count += expected >> i & 1;
	listeners_forget();
	gic_sgi_raw(value | 3u << 24);
	right = listeners_wait(count, count ? LONG : SHORT) || !count;
	listeners_wait(count + 1, SHORT);
	for (uint32_t i = 0; i < cpu_count; i++)
		right = right && cpus[i].log_count == (expected >> i & 1);
	listeners_forget();
	return right;
}

static void target_lists(void)
{
	uint32_t all = (1u << cpu_count) - 1;

	check(sgi_reaches(all, all), "a target list of all CPUs");
	check(sgi_reaches(0xffff, all), "a target list with CPUs that do not exist");
	check(sgi_reaches(1, 1), "a target list of this CPU");
	check(sgi_reaches(0, 0), "an empty target list");
	if (cpu_count > 2)
		check(sgi_reaches(6, 6), "a target list of CPUs 1 and 2");
	check(sgi_reaches(1ull << 40, all & ~1u), "IRM = 1: all CPUs but this one");
	check(sgi_reaches(1ull << 40 | 1ull << 48 | 1ull << 32 | 1ull << 16, all & ~1u),
		"IRM = 1: the affinity fields are ignored");
	check(sgi_reaches(1ull << 16 | 0xffff, 0), "Aff1 of no CPU: nobody");
	check(sgi_reaches(1ull << 32 | 0xffff, 0), "Aff2 of no CPU: nobody");
	check(sgi_reaches(1ull << 48 | 0xffff, 0), "Aff3 of no CPU: nobody");
	if (on_plain || is_sole)
		skip("a range of Aff0 of no CPU: nobody");
	else
		check(sgi_reaches(1ull << 44 | 0xffff, 0), "a range of Aff0 of no CPU: nobody");
}

/* CPU 0 changes what belongs to another CPU, which sleeps. */
static void frame_of(struct cpu *cpu)
{
	uint32_t n = cpu->index;

	gic_write(cpu, GICD_ICENABLER, 3);
	gic_sgi(cpu, 3);
	check(!listeners_wait(1, SHORT) && gic_read(cpu, GICD_ISPENDR, 3),
		"CPU %u: ICENABLER from outside: stays pending", n);
	gic_write(cpu, GICD_ISENABLER, 3);
	check(listeners_heard(cpu, 3, 1), "CPU %u: ISENABLER from outside: arrives", n);

	gic_write(cpu, GICD_ISPENDR, 4);
	check(listeners_heard(cpu, 4, 1), "CPU %u: ISPENDR from outside: arrives", n);
	gic_write(cpu, GICD_ICENABLER, 4);
	gic_write(cpu, GICD_ISPENDR, 4);
	gic_write(cpu, GICD_ICPENDR, 4);
	gic_write(cpu, GICD_ISENABLER, 4);
	check(!listeners_wait(1, SHORT), "CPU %u: ICPENDR from outside: does not arrive", n);
	gic_set_group(cpu, 5, 0);
	gic_write(cpu, GICD_ISPENDR, 5);
	if (is_direct)
		check(!listeners_wait(1, SHORT),
			"CPU %u: IGROUPR from outside: Group 0 does not arrive", n);
	else
		check(listeners_wait(1, LONG) && cpu->fiqs == 1,
			"CPU %u: IGROUPR from outside: arrives as FIQ", n);
	gic_write(cpu, GICD_ICPENDR, 5);
	gic_set_group(cpu, 5, 1);
	listeners_forget();

	gic_write(cpu, GICD_ISACTIVER, 6);
	gic_sgi(cpu, 6);
	check(!listeners_wait(1, SHORT) && gic_read(cpu, GICD_ISACTIVER, 6),
		"CPU %u: ISACTIVER from outside: stays pending", n);
	gic_write(cpu, GICD_ICACTIVER, 6);
	check(listeners_heard(cpu, 6, 1), "CPU %u: ICACTIVER from outside: arrives", n);

	/* The CPU acknowledges and does not end: active in its list register. */
	cpu->keep_active = true;
	gic_set_priority(cpu, 7, 0xc0);
	gic_sgi(cpu, 7);
	check(listeners_wait(1, LONG), "CPU %u: acknowledged and not ended", n);
	check(gic_read(cpu, GICD_ISACTIVER, 7) && !gic_read(cpu, GICD_ISPENDR, 7),
		"CPU %u: ISACTIVER read from outside", n);
	gic_sgi(cpu, 7);
	check(gic_read(cpu, GICD_ISACTIVER, 7) && gic_read(cpu, GICD_ISPENDR, 7),
		"CPU %u: active and pending read from outside", n);
	gic_write(cpu, GICD_ICPENDR, 7);
	check(gic_read(cpu, GICD_ISACTIVER, 7) && !gic_read(cpu, GICD_ISPENDR, 7),
		"CPU %u: ICPENDR from outside leaves it active", n);
	gic_write(cpu, GICD_ICACTIVER, 7);
	check(!gic_read(cpu, GICD_ISACTIVER, 7), "CPU %u: ICACTIVER from outside ends it", n);
	listeners_forget();
	cpu->keep_active = false;

	/* Its running priority is still 0xc0, so that only what is more urgent arrives. */
	gic_set_priority(cpu, 8, 0xe0);
	gic_sgi(cpu, 8);
	check(!listeners_wait(1, SHORT), "CPU %u: a priority below the running one waits", n);
	gic_set_priority(cpu, 8, 0x40);
	check(listeners_heard(cpu, 8, 1), "CPU %u: IPRIORITYR from outside: arrives", n);
}

/* CPU 0 writes to another CPU's frame while that CPU takes the same interrupt in a storm: it is set
 * pending at least once after each clear. */
static void frame_storm(struct cpu *cpu)
{
	uint32_t lost = 0;

	listeners_forget();
	for (uint32_t i = 0; i < 500 && !lost; i++) {
		uint32_t before = cpu->log_count;

		gic_write(cpu, GICD_ICENABLER, 2);
		gic_write(cpu, GICD_ISPENDR, 2);
		gic_set_priority(cpu, 2, (uint8_t)(0x10 + i % 4 * 8));
		gic_write(cpu, GICD_ISENABLER, 2);
		lost += !WAIT_FOR(cpu->log_count == before + 1, LONG);
	}
	check_equal(lost, 0,
		"CPU %u: 500 times disabled, pended, reprioritised and enabled from outside, each arrives once",
		cpu->index);
	listeners_forget();
}

void test_main(void)
{
	struct cpu *self = this_cpu();

	for (uint32_t i = 0; i < LISTENER_SGIS; i++)
		gic_prepare(self, i);
	if (!listeners_start())
		return;
	listeners_forget();
	each_to_each();
	target_lists();
	for (uint32_t i = 1; i < cpu_count; i++) {
		frame_storm(&cpus[i]);
		frame_of(&cpus[i]);
	}
	listeners_stop();
}
