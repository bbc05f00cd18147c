// SPDX-License-Identifier: Apache-2.0
/*
 * The generic watchdog (DEN0094): its registers and first stage in the last life; in those before,
 * its second stage finds the CPUs asleep, off, busy, and too late.
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "psci.h"
#include "survivor.h"
#include "sysreg.h"
#include "test.h"

const char test_name[] = "watchdog";

enum { WCS = 0, WOR = 8, WOR_HIGH = 12, WCV = 16, WCV_HIGH = 20, WRR = 0, IIDR = 0xfcc };
enum { EN = 1, WS0 = 2, LATER = 60000 /* ms */ };

static uint64_t control, refresh;
static uint32_t intid;
static struct cpu *self;
static volatile uint64_t first_stage; /* when its interrupt came */

static void set_offset(uint64_t ms)
{
	uint64_t ticks = milliseconds(ms);

	write32(control + WOR, (uint32_t)ticks);
	write32(control + WOR_HIGH, (uint32_t)(ticks >> 32));
}

static uint64_t compare(void)
{
	return read32(control + WCV) | (uint64_t)read32(control + WCV_HIGH) << 32;
}

static void on_irq(struct cpu *cpu, uint32_t which)
{
	(void)cpu;
	if (which == intid) {
		first_stage = now();
		gic_write(self, GICD_ICENABLER, intid); /* its line stays up */
	}
}

static void begin(void)
{
	struct fdt_node node = fdt_compatible("arm,sbsa-gwdt");
	uint64_t size;

	fdt_reg(node, 0, &control, &size);
	fdt_reg(node, 1, &refresh, &size);
	intid = fdt_intid(node, 0);
	self = this_cpu();
	self->on_irq = on_irq;
	gic_prepare(self, intid);
	gic_set_edge(self, intid, false);
}

static void sleep(struct cpu *cpu)
{
	(void)cpu;
	for (;;)
		wfi();
}

static void spin(struct cpu *cpu)
{
	(void)cpu;
	for (;;)
		relax();
}

static void feed_late(struct cpu *cpu)
{
	uint64_t limit = now() + milliseconds(10000);

	(void)cpu;
	while (now() < limit)
		relax();
	write32(refresh + WRR, 0);
}

/* The last CPU arms the watchdog. EL2 keeps its time on the pCPU of the first one. */
static void arm(struct cpu *cpu)
{
	set_offset(20);
	write32(control + WCS, EN);
	((cpu_function *)cpu->argument)(cpu);
}

static void expire(uint32_t life)
{
	static cpu_function *const ways[] = {sleep, spin, feed_late};
	cpu_function *way = ways[(life - 1) % 3];
	bool first_off = life > 3;

	print("# life %u: not fed\n", life);
	if (cpu_count == 1) {
		self->argument = (uint64_t)way;
		arm(self);
	}
	cpu_start(cpu_count - 1, arm, (uint64_t)way);
	if (first_off)
		psci_cpu_off();
	sleep(self);
}

static void registers(void)
{
	uint64_t before;

	check_equal(read32(control + WCS), 0, "off at first");
	check_equal(read32(control + WOR) | read32(control + WOR_HIGH), 0, "no offset at first");
	check_equal(compare(), 0, "no compare value at first");
	check_equal(
		read32(control + IIDR) >> 16 & 0xf, 1, "control frame: architecture revision 1");
	check_equal(
		read32(refresh + IIDR) >> 16 & 0xf, 1, "refresh frame: architecture revision 1");
	check_equal(read32(refresh + WRR), 0, "the refresh register reads as zero");
	write32(control + WOR, 0x12345678);
	write32(control + WOR_HIGH, 0xffff5678);
	check(read32(control + WOR) == 0x12345678 && read32(control + WOR_HIGH) == 0x5678,
		"the offset has 48 bits");
	write32(control + WCV_HIGH, 0x11111111);
	write32(control + WCV, 0x22222222);
	check_equal(compare(), 0x1111111122222222, "the compare value has 64 bits");
	write8(control + WCS, EN);
	check_equal(read32(control + WCS), 0, "bytes are not written");
	set_offset(LATER);
	before = now();
	write32(control + WCS, EN | WS0);
	check_equal(read32(control + WCS), EN, "on; the status cannot be written");
	check(compare() >= before + milliseconds(LATER) && compare() <= now() + milliseconds(LATER),
		"turned on, it counts from now");
	before = now();
	write32(refresh + WRR, 0);
	check(compare() >= before + milliseconds(LATER) && compare() <= now() + milliseconds(LATER),
		"refreshed, it counts from now");
}

static void first(void)
{
	uint64_t at;

	write32(control + WCS, 0);
	set_offset(LATER);
	write32(control + WCS, EN);
	at = now() + milliseconds(20);
	write32(control + WCV_HIGH, (uint32_t)(at >> 32));
	write32(control + WCV, (uint32_t)at);
	check(gic_take(self, 1, LONG) && first_stage > at,
		"first stage: an interrupt, once the compare value is over");
	check_equal(read32(control + WCS), EN | WS0, "and a status bit");
	check(compare() >= at + milliseconds(LATER), "a new time begins");
	check(gic_read(self, GICD_ISPENDR, intid), "the line stays up");
	write32(refresh + WRR, 0);
	check(!gic_read(self, GICD_ISPENDR, intid), "refreshed, the line goes down");
	check_equal(read32(control + WCS), EN, "refreshed, the status bit goes as well");
	gic_forget(self);
	gic_write(self, GICD_ISENABLER, intid);
	set_offset(1000);
	for (uint32_t i = 0; i < 250; i++) {
		write32(refresh + WRR, 0);
		gic_take(self, 1, 10);
	}
	/* On a busy machine the first stage may come; feeding it then takes it back. */
	check(read32(control + WCS) & EN, "fed for longer than its time, it does not end the VM");
	write32(control + WCS, 0);
	gic_forget(self);
	gic_write(self, GICD_ISENABLER, intid);
	check(!gic_take(self, 1, 500) && read32(control + WCS) == 0, "turned off, it is silent");
}

void test_main(void)
{
	struct survivor *survivor_words = survivor();

	begin();
	if (survivor_words->life <= 6)
		expire(survivor_words->life);
	registers();
	first();
	check_equal(survivor_words->life, 7, "each life ended once");
}
