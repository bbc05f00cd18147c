// SPDX-License-Identifier: Apache-2.0
/*
 * SPIs: of the emulated UART (raised by software) and of the real-time clock (passed through, if
 * the guest has it). Routing to every CPU, also while pending or active; edge and level.
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "listener.h"
#include "print.h"
#include "test.h"

const char test_name[] = "gic-spi";

enum { UARTIMSC = 0x38, UARTRIS = 0x3c, UARTICR = 0x44, UART_TX = 1 << 5 };

static struct cpu *self;

static void route(uint32_t intid, const struct cpu *cpu)
{
	gic_route(intid, cpu->mpidr);
}

static void pend(uint32_t intid)
{
	gic_write(self, GICD_ISPENDR, intid);
}

static void routing(uint32_t intid)
{
	for (uint32_t i = 0; i < cpu_count; i++) {
		uint32_t right = 0;

		route(intid, &cpus[i]);
		for (uint32_t n = 0; n < 10; n++) {
			pend(intid);
			right += listeners_heard(&cpus[i], intid, 1);
		}
		check_equal(right, 10, "INTID %u routed to CPU %u arrives there alone", intid, i);
	}
	gic_route(intid, 0x1234);
	pend(intid);
	check(!listeners_wait(1, SHORT) && gic_read(self, GICD_ISPENDR, intid),
		"INTID %u routed to no CPU stays pending", intid);
	route(intid, self);
	check(listeners_heard(self, intid, 1), "INTID %u routed back arrives", intid);
}

static void routing_while_pending(uint32_t intid)
{
	struct cpu *other = &cpus[cpu_count - 1];

	/* Interrupts are masked here, so it waits at this CPU. */
	route(intid, self);
	pend(intid);
	check_equal(read_sysreg(ICC_HPPIR1_EL1), intid, "INTID %u waits at this CPU", intid);
	route(intid, other);
	check(listeners_heard(other, intid, 1),
		"INTID %u, routed to another CPU while pending, arrives there alone", intid);

	gic_write(self, GICD_ICENABLER, intid);
	route(intid, other);
	pend(intid);
	check(!listeners_wait(1, SHORT), "INTID %u disabled: does not arrive", intid);
	route(intid, self);
	gic_write(self, GICD_ISENABLER, intid);
	check(listeners_heard(self, intid, 1),
		"INTID %u, routed here while disabled and pending, arrives here", intid);

	/* Active here, pended again, routed elsewhere: waits for the end here. */
	route(intid, self);
	pend(intid);
	check_equal(read_sysreg(ICC_IAR1_EL1), intid, "INTID %u is acknowledged", intid);
	pend(intid);
	route(intid, other);
	check(!WAIT_FOR(other->log_count, SHORT) && gic_read(self, GICD_ISACTIVER, intid) &&
			gic_read(self, GICD_ISPENDR, intid),
		"INTID %u, active here and routed away, stays active and pending", intid);
	write_sysreg(ICC_EOIR1_EL1, intid);
	check(listeners_heard(other, intid, 1),
		"INTID %u arrives at the other CPU after the end here", intid);
}

static void active(uint32_t intid)
{
	route(intid, &cpus[cpu_count - 1]);
	gic_write(self, GICD_ISACTIVER, intid);
	check(gic_read(self, GICD_ISACTIVER, intid), "INTID %u: ISACTIVER makes it active", intid);
	pend(intid);
	check(!listeners_wait(1, SHORT), "INTID %u, active: does not arrive", intid);
	gic_write(self, GICD_ICACTIVER, intid);
	check(listeners_heard(&cpus[cpu_count - 1], intid, 1), "INTID %u: ICACTIVER lets it arrive",
		intid);
	check(!gic_read(self, GICD_ISACTIVER, intid), "INTID %u is idle after its end", intid);
}

static void pending(uint32_t intid)
{
	for (uint32_t edge = 0; edge < 2; edge++) {
		const char *kind = edge ? "edge" : "level";

		route(intid, self);
		gic_write(self, GICD_ICENABLER, intid);
		gic_set_edge(self, intid, edge);
		pend(intid);
		pend(intid);
		gic_write(self, GICD_ISENABLER, intid);
		check(listeners_heard(self, intid, 1),
			"INTID %u (%s): pended twice by ISPENDR, arrives once", intid, kind);
		pend(intid);
		gic_write(self, GICD_ICPENDR, intid);
		check(!listeners_wait(1, SHORT),
			"INTID %u (%s): cleared by ICPENDR, does not arrive", intid, kind);
	}
	/* Among SGIs, by its priority. */
	gic_set_priority(self, intid, 0x50);
	gic_set_priority(self, 1, 0x60);
	gic_set_priority(self, 2, 0x40);
	pend(intid);
	gic_sgi(self, 1);
	gic_sgi(self, 2);
	listeners_wait(3, LONG);
	check(self->log[0] == 2 && self->log[1] == intid && self->log[2] == 1,
		"INTID %u arrives in the order of priorities", intid);
	listeners_forget();
	gic_set_group(self, intid, 0);
	pend(intid);
	if (is_direct)
		check(!listeners_wait(1, SHORT), "INTID %u in Group 0 does not arrive", intid);
	else
		check(listeners_wait(1, LONG) && self->fiqs == 1,
			"INTID %u in Group 0 arrives as FIQ", intid);
	gic_write(self, GICD_ICPENDR, intid);
	gic_set_group(self, intid, 1);
	listeners_forget();
}

/* From CPU to CPU without a pause: each one seen once. */
static void round_trip(uint32_t intid)
{
	uint32_t done = 0;

	for (; done < 500; done++) {
		uint32_t before = listeners_total();

		route(intid, &cpus[done % cpu_count]);
		pend(intid);
		if (!listeners_wait(before + 1, LONG) || listeners_total() != before + 1)
			break;
	}
	check_equal(done, 500,
		"INTID %u: 500 times routed to the next CPU and pended, each arrives once", intid);
	listeners_forget();
}

static uint32_t level_count;

static void end_level(struct cpu *cpu, uint32_t intid)
{
	(void)cpu;
	(void)intid;
	read32(uart_base + UARTRIS);
	if (++level_count == 5)
		write32(uart_base + UARTIMSC, 0);
}

/* The UART's transmit interrupt is a level: it is pending as long as the UART says so. */
static void uart_level(uint32_t intid)
{
	gic_prepare(self, intid);
	gic_set_edge(self, intid, false);
	write32(uart_base + UARTIMSC, UART_TX);
	print("# a line of output, for the UART's transmit interrupt\n");
	check(read32(uart_base + UARTRIS) & UART_TX, "UART: transmit interrupt after output");
	check(WAIT_FOR(gic_read(self, GICD_ISPENDR, intid), LONG), "UART: pending in the GIC");
	gic_write(self, GICD_ICPENDR, intid);
	check(gic_read(self, GICD_ISPENDR, intid), "UART: ICPENDR does not end a level");
	write32(uart_base + UARTIMSC, 0);
	check(WAIT_FOR(!gic_read(self, GICD_ISPENDR, intid), LONG),
		"UART: masked there, not pending in the GIC");
	check(!listeners_wait(1, SHORT), "UART: no interrupt is left");

	level_count = 0;
	self->on_irq = end_level;
	write32(uart_base + UARTIMSC, UART_TX);
	listeners_wait(5, LONG);
	listeners_wait(6, SHORT);
	check_equal(level_count, 5, "UART: interrupts until the handler ends the level");
	self->on_irq = 0;
	listeners_forget();
	write32(uart_base + UARTIMSC, UART_TX);
	write32(uart_base + UARTICR, UART_TX);
	check(!listeners_wait(1, SHORT), "UART: cleared there, does not arrive");
	write32(uart_base + UARTIMSC, 0);
}

/*
 * With direct interrupts EL2 sets the SPI of an emulated device pending when its level rises. If
 * the interrupt ends while the level is high, it comes again with the next access to the device, or
 * once it is enabled anew, but not by itself. Results are printed last, because that is an access.
 */
static void level_by_access(uint32_t intid)
{
	bool first, alone, again, masked, unmasked, gone;

	listeners_forget();
	write32(uart_base + UARTIMSC, UART_TX);
	first = listeners_wait(1, LONG);
	alone = !listeners_wait(2, SHORT);
	read32(uart_base + UARTRIS);
	again = listeners_wait(2, LONG) && !listeners_wait(3, SHORT);
	gic_write(self, GICD_ICENABLER, intid);
	read32(uart_base + UARTRIS);
	masked = !listeners_wait(3, SHORT) && gic_read(self, GICD_ISPENDR, intid);
	gic_write(self, GICD_ICPENDR, intid);
	gic_write(self, GICD_ISENABLER, intid);
	unmasked = listeners_wait(3, LONG) && !listeners_wait(4, SHORT);
	write32(uart_base + UARTIMSC, 0);
	gone = !listeners_wait(4, SHORT) && !gic_read(self, GICD_ISPENDR, intid);
	check(first && alone, "UART: ended while the level is high, does not come by itself");
	check(again, "UART: comes again with an access");
	check(masked, "UART: disabled, stays pending");
	check(unmasked, "UART: cleared and enabled again, comes as long as the level is high");
	check(gone, "UART: does not come when the level is low");
	listeners_forget();
}

static void all_of(uint32_t intid)
{
	gic_prepare(self, intid);
	listeners_forget();
	routing(intid);
	active(intid);
	pending(intid);
	if (cpu_count > 1)
		routing_while_pending(intid);
	round_trip(intid);
	gic_write(self, GICD_ICENABLER, intid);
}

void test_main(void)
{
	uint32_t uart = fdt_intid(fdt_compatible("arm,pl011"), 0);
	uint32_t clock = fdt_intid(fdt_compatible("arm,pl031"), 0);

	self = this_cpu();
	for (uint32_t i = 0; i < LISTENER_SGIS; i++)
		gic_prepare(self, i);
	if (!listeners_start())
		return;
	all_of(uart);
	if (clock)
		all_of(clock);
	uart_level(uart);
	if (is_direct && !is_sole)
		level_by_access(uart);
	listeners_stop();
}
