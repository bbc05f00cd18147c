// SPDX-License-Identifier: Apache-2.0
/*
 * Interrupts: SGIs, the timer, and the SPI of a passed-through device, which the real-time clock
 * (PL031, DDI 0224) raises at once when its match register is set to the present second.
 */
#include "bench.h"
#include "fdt.h"
#include "gic.h"
#include "timer.h"

enum { RTCDR = 0x00, RTCMR = 0x04, RTCIMSC = 0x10, RTCRIS = 0x14, RTCICR = 0x1c };

static uint64_t rtc;
static uint32_t spi; /* INTID of the clock; 0: there is none */
static _Atomic uint32_t arrived;
static volatile bool leave;

static void count_arrival(struct cpu *cpu, uint32_t intid)
{
	(void)cpu;
	if (intid == timers[VIRTUAL_TIMER].intid)
		timers[VIRTUAL_TIMER].stop();
	else if (intid == spi)
		write32(rtc + RTCICR, 1);
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

/* Waits, with the interrupts masked, for `intid` to be pending, and acknowledges it. */
static void acknowledge(uint32_t intid)
{
	while (read_sysreg(ICC_IAR1_EL1) != intid)
		relax();
}

static void finish(uint32_t intid)
{
	write_sysreg(ICC_EOIR1_EL1, intid);
	isb();
}

static void set_timer(uint64_t in)
{
	timers[VIRTUAL_TIMER].set(timers[VIRTUAL_TIMER].counter() + in, true);
}

static void acknowledge_timer(void)
{
	set_timer(10);
	acknowledge(timers[VIRTUAL_TIMER].intid);
	timers[VIRTUAL_TIMER].stop();
}

static void acknowledge_sgi(struct cpu *cpu)
{
	gic_sgi(cpu, SGI);
	acknowledge(SGI);
}

/* Not here if the second ends between the two accesses: once more then. */
static void raise_spi(void)
{
	do
		write32(rtc + RTCMR, read32(rtc + RTCDR));
	while (!(read32(rtc + RTCRIS) & 1));
}

static void acknowledge_spi(void)
{
	raise_spi();
	acknowledge(spi);
	write32(rtc + RTCICR, 1);
}

static void prepare_spi(struct cpu *cpu)
{
	gic_prepare(cpu, spi);
	gic_write(cpu, GICD_ICENABLER, spi);
	gic_set_edge(cpu, spi, false);
	gic_write(cpu, GICD_ISENABLER, spi);
}

static void measure_spi(struct cpu *cpu)
{
	uint64_t size;

	spi = fdt_intid(fdt_compatible("arm,pl031"), 0);
	if (!spi || !fdt_reg(fdt_compatible("arm,pl031"), 0, &rtc, &size))
		return;
	write32(rtc + RTCICR, 1);
	write32(rtc + RTCIMSC, 1);
	prepare_spi(cpu);
	MEASURE("SPI of a device, spinning", raise_spi(); await(false));
	MEASURE_AFTER("EOI of an SPI", acknowledge_spi(), finish(spi));
	/* An exit for the write, and one for the interrupt, which comes at once. */
	MEASURE("ISPENDR write and the SPI", gic_write(cpu, GICD_ISPENDR, spi); await(false));
}

void measure_interrupts(struct cpu *cpu)
{
	timer_init();
	cpu->on_irq = count_arrival;
	gic_prepare(cpu, SGI);
	gic_prepare(cpu, timers[VIRTUAL_TIMER].intid);
	arrived = 0;
	MEASURE("SGI to itself", gic_sgi(cpu, SGI); await(false));
	MEASURE_AFTER("EOI of an SGI", acknowledge_sgi(cpu), finish(SGI));
	MEASURE("timer, spinning", set_timer(100); await(false));
	set_timer(1000);
	await(true); /* the first WFI of a life may be an exit */
	MEASURE("timer, in WFI", set_timer(1000); await(true));
	MEASURE_AFTER("EOI of the timer", acknowledge_timer(), finish(timers[VIRTUAL_TIMER].intid));
	measure_spi(cpu);
}

/* CPU 1: what arrives is noted; spins, or sleeps if its argument says so. */
static void target(struct cpu *cpu)
{
	cpu->on_irq = count_arrival;
	gic_prepare(cpu, SGI);
	while (!leave) {
		if (cpu->argument)
			wfi();
		irq_enable();
		relax();
		irq_disable();
	}
}

static void wait_arrival(void)
{
	while (!arrived)
		relax();
	arrived = 0;
}

static void measure_target(bool sleep)
{
	leave = false;
	arrived = 0;
	if (!cpu_start(1, target, sleep))
		return;
	settle();
	MEASURE_AFTER(sleep ? "SGI to a CPU in WFI" : "SGI to a CPU that spins", settle(),
		      gic_sgi(&cpus[1], SGI);
		      wait_arrival());
	if (spi && sleep) {
		prepare_spi(&cpus[1]);
		MEASURE_AFTER("SPI of a device, in WFI", settle(), raise_spi(); wait_arrival());
	}
	leave = true;
	gic_sgi(&cpus[1], SGI);
	cpu_wait_off(1);
}

void measure_interrupts_elsewhere(void)
{
	measure_target(false);
	measure_target(true);
}
