// SPDX-License-Identifier: Apache-2.0
/* What another VM must not disturb: counted SGIs, timers and an SPI; memory and registers, which
 * are compared; and a console that answers. It runs without end and prints a line per round. */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "victim";

enum {
	PING = 1,
	PONG = 2,
	SPI = 34,
	PINGS = 100,
	TICKS = 20,
	PATTERN_WORDS = 1 << 16,
	UARTDR = 0,
	UARTFR = 0x18
};

extern uint64_t uart_base;

static uint64_t pattern[PATTERN_WORDS];
static _Atomic uint32_t pings, pongs, ticks[MAX_CPUS], spis, strange;
static _Atomic bool there, go;

static uint64_t pattern_at(uint32_t index)
{
	return (uint64_t)index * 0x9e3779b97f4a7c15 + 1;
}

static void answer(struct cpu *cpu, uint32_t intid)
{
	if (intid == PING && cpu->index == 1) {
		pings++;
		gic_sgi(&cpus[0], PONG);
	} else if (intid == PONG && cpu->index == 0) {
		pongs++;
	} else if (intid == timers[VIRTUAL_TIMER].intid &&
		   timers[VIRTUAL_TIMER].control() & TIMER_STATUS) {
		ticks[cpu->index]++;
		timers[VIRTUAL_TIMER].set(timers[VIRTUAL_TIMER].counter() + milliseconds(1), true);
		if (ticks[cpu->index] >= TICKS)
			timers[VIRTUAL_TIMER].stop();
	} else if (intid == SPI && cpu->index == 0) {
		spis++;
	} else if (intid != timers[VIRTUAL_TIMER].intid) {
		strange++;
		print("# CPU %u: interrupt %u\n", cpu->index, intid);
	}
}

static void start_ticks(struct cpu *cpu)
{
	ticks[cpu->index] = 0;
	timers[VIRTUAL_TIMER].set(timers[VIRTUAL_TIMER].counter() + milliseconds(1), true);
}

static void prepare(struct cpu *cpu)
{
	cpu->on_irq = answer;
	gic_prepare(cpu, PING);
	gic_prepare(cpu, PONG);
	gic_prepare(cpu, timers[VIRTUAL_TIMER].intid);
}

/* Interrupts come, and nothing else happens; alternately asleep and awake. */
static void other(struct cpu *cpu)
{
	prepare(cpu);
	there = true;
	for (;;) {
		if (go) {
			go = false;
			start_ticks(cpu);
		}
		if (pings % 2)
			wfi();
		irq_enable();
		relax();
		irq_disable();
	}
}

static bool wait(_Atomic uint32_t *count, uint32_t wanted)
{
	irq_enable();
	bool come = WAIT_FOR(*count >= wanted, LONG);

	irq_disable();
	return come;
}

static bool sgis(void)
{
	pings = 0;
	pongs = 0;
	for (uint32_t i = 1; i <= PINGS; i++) {
		gic_sgi(&cpus[1], PING);
		if (!wait(&pongs, i))
			return false;
	}
	return pings == PINGS && pongs == PINGS;
}

/* An SPI that software sets pending once. */
static bool spi(void)
{
	spis = 0;
	gic_write(&cpus[0], GICD_ISPENDR, SPI);
	return wait(&spis, 1) && gic_read(&cpus[0], GICD_ISENABLER, SPI) &&
	       !gic_read(&cpus[0], GICD_ISPENDR, SPI) && spis == 1;
}

static bool ticking(void)
{
	ticks[1] = 0;
	go = true;
	gic_sgi(&cpus[1], PING);
	start_ticks(&cpus[0]);
	return wait(&ticks[0], TICKS) && wait(&ticks[1], TICKS) && wait(&pongs, PINGS + 1) &&
	       ticks[0] == TICKS;
}

static bool memory(void)
{
	for (uint32_t i = 0; i < PATTERN_WORDS; i++) {
		if (pattern[i] != pattern_at(i))
			return false;
	}
	return true;
}

static bool registers(void)
{
	static uint64_t vbar, ttbr;

	if (!vbar) {
		vbar = read_sysreg(vbar_el1);
		ttbr = read_sysreg(ttbr0_el1);
	}
	return vbar == read_sysreg(vbar_el1) && ttbr == read_sysreg(ttbr0_el1) &&
	       (read_sysreg(mpidr_el1) & 0xff00ffffff) == cpus[0].mpidr;
}

/* Sends back what is typed. */
static void echo(void)
{
	while (!(read32(uart_base + UARTFR) & 1 << 4))
		print("# typed: %c\n", (int)(read32(uart_base + UARTDR) & 0xff));
}

void test_main(void)
{
	struct cpu *cpu = this_cpu();

	timer_init();
	for (uint32_t i = 0; i < PATTERN_WORDS; i++)
		pattern[i] = pattern_at(i);
	prepare(cpu);
	gic_prepare(cpu, SPI);
	if (!check(cpu_start(1, other, 0) && WAIT_FOR(there, LONG), "CPU 1 is there"))
		test_end();
	for (uint32_t round = 1;; round++) {
		bool ok[] = {sgis(), ticking(), spi(), memory(), registers(), strange == 0};

		print("%s - round %u: SGIs %d, ticks %d, SPI %d, memory %d, registers %d, nothing strange %d\n",
			ok[0] && ok[1] && ok[2] && ok[3] && ok[4] && ok[5] ? "right" : "not ok",
			round, ok[0], ok[1], ok[2], ok[3], ok[4], ok[5]);
		echo();
		irq_enable();
		WAIT_FOR(false, 50);
		irq_disable();
	}
}
