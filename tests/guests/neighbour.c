// SPDX-License-Identifier: Apache-2.0
/*
 * What another VM must not disturb. From the key `b` to the key `e` it counts timer interrupts,
 * SGIs and SPIs, and how many of each there should have been; marks begin and end for el2count.
 * Bootarg `silent`: sleeps for ever. Bootarg `off`: goes off at once.
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "neighbour";

enum { SGI = 4, UARTDR = 0x00, UARTFR = 0x18, UARTIMSC = 0x38, RXFE = 1 << 4, RX = 1 << 4 };
enum { PATTERN_WORDS = 1 << 16 };

static uint64_t pattern[PATTERN_WORDS];
static struct cpu *self;
static struct timer *timer;
static uint32_t spi, uart;
static uint64_t first, next, last, period; /* `last`: what the counter was in the last tick */
static volatile uint32_t ticks, sgis, sgis_sent, spis, spis_sent, keys, early, strange;
static volatile bool begun, ended, drained;

static uint64_t pattern_at(uint32_t index)
{
	return (uint64_t)index * 0x9e3779b97f4a7c15 + 1;
}

/* Counts a tick, and sends an SGI and an SPI, each if the last one has arrived. */
static void tick(void)
{
	if (!(timer->control() & TIMER_STATUS))
		strange++;
	last = timer->counter();
	early += last < next;
	ticks++;
	next += period;
	/* Here, so that no tick arrives that is not counted. */
	drained = ended && next > last;
	if (drained)
		timer->stop();
	else
		timer->set(next, true);
	if (sgis == sgis_sent) {
		sgis_sent++;
		gic_sgi(self, SGI);
	}
	if (spis == spis_sent) {
		spis_sent++;
		gic_write(self, GICD_ISPENDR, spi);
	}
}

static void typed(void)
{
	while (!(read32(uart_base + UARTFR) & RXFE)) {
		uint8_t key = read8(uart_base + UARTDR);

		if (key == 'b') {
			begun = true;
			__asm__ volatile("hint #64\n\thint #65" ::: "memory");
		} else if (key == 'e') {
			__asm__ volatile("hint #66" ::: "memory");
			ended = true;
		}
	}
}

static void on_irq(struct cpu *cpu, uint32_t intid)
{
	(void)cpu;
	if (intid == timer->intid) {
		tick();
	} else if (intid == SGI) {
		sgis++;
	} else if (intid == spi) {
		spis++;
	} else if (intid == uart) {
		keys++;
		typed();
	} else {
		strange++;
	}
}

static void sleep_until(volatile bool *flag)
{
	while (!*flag) {
		wfi();
		irq_enable();
		irq_disable();
	}
}

static void prepare(void)
{
	self = this_cpu();
	self->on_irq = on_irq;
	timer = &timers[VIRTUAL_TIMER];
	period = milliseconds(2);
	spi = fdt_intid(fdt_compatible("arm,pl031"), 0);
	uart = fdt_intid(fdt_compatible("arm,pl011"), 0);
	gic_prepare(self, timer->intid);
	gic_prepare(self, SGI);
	gic_prepare(self, spi);
	gic_prepare(self, uart);
	gic_set_edge(self, uart, false);
	write32(uart_base + UARTIMSC, RX);
	for (uint32_t i = 0; i < PATTERN_WORDS; i++)
		pattern[i] = pattern_at(i);
}

void test_main(void)
{
	uint32_t wrong = 0;

	if (fdt_bootarg("off"))
		return;
	if (fdt_bootarg("silent")) {
		print("# ready\n");
		for (;;)
			wfi();
	}
	prepare();
	print("# ready\n");
	first = next = timer->counter() + period;
	timer->set(next, true);
	sleep_until(&begun);
	sleep_until(&drained);
	while (sgis != sgis_sent || spis != spis_sent)
		gic_take(self, self->log_count + 1, LONG);
	for (uint32_t i = 0; i < PATTERN_WORDS; i++)
		wrong += pattern[i] != pattern_at(i);
	check_equal(ticks, (last - first) / period + 1,
		"as many timer interrupts as periods have passed");
	check_equal(early, 0, "none of them before its period");
	check_equal(sgis, sgis_sent, "as many SGIs as were sent");
	check_equal(spis, spis_sent, "as many SPIs as were raised");
	check_equal(self->log_count, ticks + sgis + spis + keys, "and nothing else");
	check_equal(strange, 0, "no interrupt without its cause");
	check_equal(wrong, 0, "memory is as it was written");
	print("# counted: timer %u sgi %u spi %u\n", ticks, sgis, spis);
}
