// SPDX-License-Identifier: Apache-2.0
/*
 * What operations of a guest cost. Each is carried out COUNT times between marks: hints that do nothing, which the
 * plugin tests/bench/el2count.c sees. One line per operation: name, how often, ticks of the counter.
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "psci.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "bench";

enum { COUNT = 64, SGI = 1, CALL = 2, NOWHERE = 0x30000000, UARTFR = 0x18, UARTIMSC = 0x38 };

/* MARK_BEGIN opens the next operation; time and instructions count while it is resumed. */
#define MARK_BEGIN  __asm__ volatile("hint #64" ::: "memory")
#define MARK_RESUME __asm__ volatile("hint #65" ::: "memory")
#define MARK_PAUSE  __asm__ volatile("hint #66" ::: "memory")

static uint64_t ticks, since;
static uint32_t spi; /* INTID of a passed-through device; 0: there is none */
static _Atomic uint32_t arrived;
static volatile bool asleep, leave;

static void resume(void)
{
	since = now();
	MARK_RESUME;
}

static void pause(void)
{
	MARK_PAUSE;
	ticks += now() - since;
}

static void begin(void)
{
	ticks = 0;
	MARK_BEGIN;
}

static void end(const char *name)
{
	print("bench: %s: %d times, %lu ticks\n", name, COUNT, ticks);
}

/* `statement` COUNT times without anything in between. */
#define MEASURE(name, statement)                                                                                       \
	do {                                                                                                           \
		begin();                                                                                               \
		resume();                                                                                              \
		for (uint32_t i_ = 0; i_ < COUNT; i_++) {                                                              \
			statement;                                                                                     \
		}                                                                                                      \
		pause();                                                                                               \
		end(name);                                                                                             \
	} while (0)

/* `statement` COUNT times, `before` not counted. */
#define MEASURE_AFTER(name, before, statement)                                                                         \
	do {                                                                                                           \
		begin();                                                                                               \
		for (uint32_t i_ = 0; i_ < COUNT; i_++) {                                                              \
			before;                                                                                        \
			resume();                                                                                      \
			statement;                                                                                     \
			pause();                                                                                       \
		}                                                                                                      \
		end(name);                                                                                             \
	} while (0)

static void calls(void)
{
	if (fdt_bootarg("plain"))
		return;
	MEASURE("PSCI_VERSION by HVC", hvc_call(PSCI_FN_VERSION, 0, 0, 0));
	MEASURE("PSCI_VERSION by SMC", smc_call(PSCI_FN_VERSION, 0, 0, 0));
}

static void registers(struct cpu *cpu)
{
	uint64_t enable = gicd_base + GICD_ISENABLER + 4, disable = gicd_base + GICD_ICENABLER + 4;

	MEASURE("GICD_CTLR read", read32(gicd_base + GICD_CTLR));
	MEASURE("GICD_ISENABLER read", read32(enable));
	MEASURE("GICR_ISENABLER0 read", read32(cpu->gicr + GICR_SGI + GICD_ISENABLER));
	MEASURE("GICD_ISENABLER write, no change", write32(enable, 0));
	MEASURE_AFTER("GICD_ICENABLER write", write32(enable, 1u << 1), write32(disable, 1u << 1));
	MEASURE_AFTER("GICR_ICENABLER0 write", gic_write(cpu, GICD_ISENABLER, SGI),
		write32(cpu->gicr + GICR_SGI + GICD_ICENABLER, 1u << SGI));
	MEASURE("UARTFR read", read32(uart_base + UARTFR));
	MEASURE("UARTIMSC write", write32(uart_base + UARTIMSC, 0));
	MEASURE("abort of stage 2", EXPECT(read32(NOWHERE)));
}

static void count_arrival(struct cpu *cpu, uint32_t intid)
{
	(void)cpu;
	if (intid == timers[VIRTUAL_TIMER].intid)
		timers[VIRTUAL_TIMER].stop();
	arrived++;
}

/* Until an interrupt has arrived. Taken while it sleeps, with the interrupts masked, or spins. */
static void await(bool sleep)
{
	while (!arrived) {
		if (sleep)
			wfi();
		irq_enable();
		relax();
		irq_disable();
	}
	arrived = 0;
}

static void own_interrupts(struct cpu *cpu)
{
	const struct timer *timer = &timers[VIRTUAL_TIMER];

	cpu->on_irq = count_arrival;
	gic_prepare(cpu, SGI);
	gic_prepare(cpu, timer->intid);
	arrived = 0;
	MEASURE("SGI to itself", gic_sgi(cpu, SGI); await(false));
	MEASURE("timer, spinning", timer->set(timer->counter() + 100, true); await(false));
	MEASURE("timer, in WFI", timer->set(timer->counter() + 1000, true); await(true));
	if (!spi)
		return;
	gic_prepare(cpu, spi);
	/* An exit for the write, and one for the interrupt, which comes at once. */
	MEASURE("ISPENDR write and the SPI", gic_write(cpu, GICD_ISPENDR, spi); await(false));
}

/* CPU 1: an SGI is noted; spins, or sleeps if its argument says so. */
static void target(struct cpu *cpu)
{
	cpu->on_irq = count_arrival;
	gic_prepare(cpu, SGI);
	while (!leave) {
		asleep = cpu->argument;
		if (cpu->argument)
			wfi();
		asleep = false;
		irq_enable();
		relax();
		irq_disable();
	}
}

static void settle(void)
{
	/* long enough for CPU 1 to be where it waits */
	for (uint32_t i = 0; i < 2000; i++)
		relax();
}

static void send(struct cpu *to)
{
	arrived = 0;
	gic_sgi(to, SGI);
	while (!arrived)
		relax();
}

static void other_interrupts(bool sleep)
{
	leave = false;
	if (!cpu_start(1, target, sleep))
		return;
	settle();
	MEASURE_AFTER(sleep ? "SGI to a CPU in WFI" : "SGI to a CPU that spins", settle(), send(&cpus[1]));
	leave = true;
	gic_sgi(&cpus[1], SGI);
	cpu_wait_off(1);
}

/* CPU 1's first instruction ends the measurement. */
void first_instruction(void);
__asm__("first_instruction: hint #66\n\tb secondary_start");

static void nop(struct cpu *cpu)
{
	(void)cpu;
}

static void cpu_on(void)
{
	begin();
	for (uint32_t i = 0; i < COUNT; i++) {
		cpu_prepare(1, nop, 0);
		settle();
		resume();
		psci_cpu_on(cpus[1].mpidr, (uint64_t)first_instruction, (uint64_t)&cpus[1]);
		cpu_wait_arrived(1);
		pause();
		cpu_wait_off(1);
	}
	end("CPU_ON");
}

void test_main(void)
{
	struct cpu *cpu = this_cpu();

	timer_init();
	spi = fdt_intid(fdt_compatible("arm,pl031"), 0);
	MEASURE("nothing", );
	calls();
	registers(cpu);
	if (fdt_bootarg("brief"))
		test_end();
	own_interrupts(cpu);
	if (cpu_count > 1) {
		cpu_on();
		other_interrupts(false);
		other_interrupts(true);
	}
	check(true, "measured");
	test_end();
}
