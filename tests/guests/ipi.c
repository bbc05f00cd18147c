// SPDX-License-Identifier: Apache-2.0
/*
 * A storm of SGIs between all CPUs. Each pair of CPUs has a word with the number of the last
 * message sent. SGI `sender` (0 to 7) says that there is a new message, SGI BURST that somebody
 * sent several, and SGI ANSWER that the target saw one. Both ends count: no message is lost, and no
 * SGI of the first kind comes twice. Then a token goes around. Each of these two tests takes `ms=N`
 * of the command line, or three seconds.
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "ipi";

enum { BURST = 8, ANSWER = 9, MS = 3000, BURST_LENGTH = 5, ROUNDS = 20, ENOUGH = 100 };

struct pair {
	_Atomic uint32_t sent;       /* number of the last message */
	_Atomic uint32_t seen;       /* number of the last message that the target saw */
	_Atomic uint32_t interrupts; /* at the target */
	_Atomic uint32_t wrong;      /* interrupts without a new message, or with more than one */
	_Atomic uint32_t burst_sent;
	_Atomic uint32_t burst_seen;
	_Atomic uint32_t burst_interrupts;
};

static struct pair pairs[MAX_CPUS][MAX_CPUS]; /* [sender][target] */
static _Atomic uint32_t lost[MAX_CPUS];       /* by sender: messages that nobody saw in time */
static _Atomic uint32_t ready;
static _Atomic uint64_t end;
static _Atomic uint32_t finished;

static void receive(struct cpu *cpu, uint32_t intid)
{
	if (intid < 8) {
		struct pair *pair = &pairs[intid][cpu->index];
		uint32_t number = pair->sent;

		pair->interrupts++;
		if (number != pair->seen + 1)
			pair->wrong++;
		pair->seen = number;
		gic_sgi(&cpus[intid], ANSWER);
	} else if (intid == BURST) {
		for (uint32_t i = 0; i < cpu_count; i++) {
			struct pair *pair = &pairs[i][cpu->index];

			if (pair->burst_seen == pair->burst_sent)
				continue;
			pair->burst_seen = pair->burst_sent;
			gic_sgi(&cpus[i], ANSWER);
		}
	} else if (intid != ANSWER) {
		timers[VIRTUAL_TIMER].stop();
	}
}

/* Lets interrupts in for a moment. */
static void pause_for_interrupts(bool sleep)
{
	if (sleep)
		wfi();
	irq_enable();
	relax();
	irq_disable();
}

static bool all_seen(const struct cpu *cpu)
{
	for (uint32_t i = 0; i < cpu_count; i++) {
		struct pair *pair = &pairs[cpu->index][i];

		if (pair->seen != pair->sent || pair->burst_seen != pair->burst_sent)
			return false;
	}
	return true;
}

/*
 * Waits, asleep or not, until every CPU has seen what this one sent; false if that does not happen
 * within LONG.
 */
static bool wait_seen(const struct cpu *cpu, bool sleep)
{
	timers[VIRTUAL_TIMER].set(timers[VIRTUAL_TIMER].counter() + milliseconds(LONG), true);
	while (!all_seen(cpu)) {
		if (!timers[VIRTUAL_TIMER].control())
			return false;
		pause_for_interrupts(sleep);
	}
	timers[VIRTUAL_TIMER].stop();
	return true;
}

static uint64_t length(void)
{
	uint64_t ms = fdt_bootarg_number("ms=");

	return ms ? ms : MS;
}

/* CPU 0 starts the clock once all CPUs are there; the others wait for that. */
static void start_the_clock(const struct cpu *cpu)
{
	if (cpu->index == 0)
		end = now() + milliseconds(length());
	while (!end)
		pause_for_interrupts(false);
}

static void storm(struct cpu *cpu)
{
	uint32_t target = cpu->index;
	uint32_t random = 12345 + cpu->index;

	cpu->on_irq = receive;
	for (uint32_t i = 0; i < 16; i++) {
		gic_prepare(cpu, i);
		gic_set_priority(cpu, i, (uint8_t)(0x40 + 8 * i));
	}
	ready++;
	gic_prepare(cpu, timers[VIRTUAL_TIMER].intid);
	while (ready < cpu_count)
		pause_for_interrupts(false);
	start_the_clock(cpu);

	/* At least ROUNDS, however slow the host is. */
	for (uint32_t round = 0; round < ROUNDS || now() < end; round++) {
		/* One message to each CPU, this one included, then a burst to one of them. */
		for (uint32_t i = 0; i < cpu_count; i++) {
			target = (cpu->index + i) % cpu_count;
			pairs[cpu->index][target].sent++;
			gic_sgi(&cpus[target], cpu->index);
			if (random >> 31)
				pause_for_interrupts(false);
			random = random * 1664525 + 1013904223;
		}
		target = random >> 16 & (MAX_CPUS - 1);
		for (uint32_t i = 0; target < cpu_count && i < BURST_LENGTH; i++) {
			pairs[cpu->index][target].burst_sent++;
			gic_sgi(&cpus[target], BURST);
		}
		if (!wait_seen(cpu, random >> 24 & 7)) {
			lost[cpu->index]++;
			break;
		}
	}
	finished++;
	while (finished < cpu_count)
		pause_for_interrupts(false);
	gic_write(cpu, GICD_ICENABLER, timers[VIRTUAL_TIMER].intid);
	cpu->on_irq = 0;
}

/* The token goes around all CPUs, each of which sleeps until it comes. One lost SGI stops it for
 * good. */
static _Atomic uint32_t token;

static void pass_on(struct cpu *cpu, uint32_t intid)
{
	(void)intid;
	token++;
	gic_sgi(&cpus[(cpu->index + 1) % cpu_count], 0);
}

/* Goes on until the time is over, but at least for ENOUGH hops, however slow the host is. */
static bool ringing(void)
{
	return !end || now() < end || token < ENOUGH;
}

static void ring(struct cpu *cpu)
{
	cpu->on_irq = pass_on;
	gic_prepare(cpu, 0);
	ready++;
	while (ringing()) {
		wfi();
		irq_enable();
		irq_disable();
	}
	cpu->on_irq = 0;
}

static void run(cpu_function *function, const char *what)
{
	ready = 0;
	finished = 0;
	end = 0;
	for (uint32_t i = 1; i < cpu_count; i++)
		check(cpu_start(i, function, 0), "%s: CPU %u starts", what, i);
}

static void run_ring(void)
{
	struct cpu *cpu = this_cpu();
	uint32_t last = 0;
	bool stuck = false;

	token = 0;
	run(ring, "ring");
	cpu->on_irq = pass_on;
	gic_prepare(cpu, 0);
	ready++;
	if (!check(WAIT_FOR(ready == cpu_count, LONG), "ring: all CPUs are there"))
		return;
	start_the_clock(cpu);
	gic_sgi(cpu, 0);
	while (ringing() && !stuck) {
		irq_enable();
		stuck = !WAIT_FOR(token != last || now() > end, LONG);
		irq_disable();
		last = token;
	}
	check(!stuck && token >= ENOUGH, "ring: an SGI goes around all CPUs for %lu ms", length());
	print("# %u SGIs\n", token);
	/* Each CPU looks at the time only when it is interrupted. */
	for (uint32_t i = 1; i < cpu_count; i++) {
		gic_sgi(&cpus[i], 0);
		check(cpu_wait_off(i), "ring: CPU %u is off again", i);
	}
	cpu->on_irq = 0;
	gic_take(cpu, ~0u, SHORT);
	gic_forget(cpu);
}

void test_main(void)
{
	uint32_t sent = 0, interrupts = 0, missing = 0, wrong = 0, bursts = 0, late = 0;

	timer_init();
	run(storm, "storm");
	storm(this_cpu());
	for (uint32_t i = 1; i < cpu_count; i++)
		check(cpu_wait_off(i), "storm: CPU %u is off again", i);
	for (uint32_t from = 0; from < cpu_count; from++) {
		late += lost[from];
		for (uint32_t to = 0; to < cpu_count; to++) {
			struct pair *pair = &pairs[from][to];

			sent += pair->sent;
			interrupts += pair->interrupts;
			missing += pair->sent - pair->seen + pair->burst_sent - pair->burst_seen;
			wrong += pair->wrong;
			bursts += pair->burst_sent;
			if (pair->sent != pair->interrupts)
				print("#   from CPU %u to CPU %u: %u sent, %u seen, %u interrupts\n",
					from, to, pair->sent, pair->seen, pair->interrupts);
		}
	}
	check(sent >= ROUNDS * cpu_count * cpu_count, "storm: SGIs are sent for %lu ms", length());
	check_equal(late + missing, 0, "storm: every SGI arrives");
	check_equal(interrupts, sent, "storm: as many interrupts as SGIs");
	check_equal(wrong, 0, "storm: each interrupt comes with one new message");
	print("# %u SGIs one by one, %u in bursts\n", sent, bursts);

	if (cpu_count > 1) /* a CPU alone would never come out of its handler */
		run_ring();
}
