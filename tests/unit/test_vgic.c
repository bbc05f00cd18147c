/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GIC against the reference, by random guests. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_gic/machine.h"
#include "fake_gic/reference.h"
#include "gic/gic_regs.h"
#include "gicv3/gicv3_regs.h"

/* What a guest's handlers have acknowledged, in order. */
struct service {
	unsigned intid, group;
};

static struct service stack[MAX_VCPUS][64];
static unsigned depth[MAX_VCPUS];
static bool dropped[MAX_VCPUS][INTIDS]; /* EOIR was written with EOImode = 1, DIR was not */
static bool prompt;                     /* every exit is taken at once */
static unsigned long acknowledged;
static char log_text[64][160];
static unsigned log_next;
static unsigned seed;

#define NOTE(...) snprintf(log_text[log_next++ % 64], sizeof(log_text[0]), __VA_ARGS__)

static void print_log(void)
{
	printf("# seed %u\n", seed);
	for (unsigned i = log_next > 40 ? log_next - 40 : 0; i < log_next; i++)
		printf("# %s\n", log_text[i % 64]);
	fflush(stdout);
}

static void fail_with_log(const char *what)
{
	print_log();
	fail_msg("%s", what);
}

/* An assertion of the machine. */
static void aborted(int signal_number)
{
	(void)signal_number;
	print_log();
	_exit(1);
}

static unsigned below(unsigned n)
{
	return (unsigned)rand() % n;
}

static unsigned some_vcpu(void)
{
	return below(machine.vcpus);
}

static unsigned some_intid(void)
{
	static const unsigned favourites[] = {1, 27, 33, 40, 66, 67, 82};
	unsigned intid;

	/* Few of them, so that several things happen to the same one. */
	if (below(2))
		return favourites[below(sizeof(favourites) / sizeof(favourites[0]))];
	do
		intid = below(3) ? below(INTIDS) : below(32);
	while (!machine_owns(intid));
	return intid;
}

/* --------------------------------------------------------------- registers with a bit per INTID */

static bool in_service(unsigned pe, unsigned intid)
{
	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++)
		for (unsigned k = 0; (intid >= 32 || cpu == pe) && k < depth[cpu]; k++)
			if (stack[cpu][k].intid == intid)
				return true;
	return false;
}

static void ref_write(unsigned pe, unsigned reg, unsigned intid, bool bit)
{
	struct ref_interrupt *r = ref_interrupt(pe, intid);

	if (reg == GIC_IGROUPR)
		r->group1 = bit;
	if (!bit)
		return;
	switch (reg) {
	case GIC_ISENABLER:
		r->enabled = true;
		break;
	case GIC_ICENABLER:
		r->enabled = false;
		break;
	case GIC_ISPENDR:
		r->latch = true;
		break;
	case GIC_ICPENDR:
		r->latch = false;
		break;
	case GIC_ISACTIVER:
		r->active = true;
		break;
	case GIC_ICACTIVER:
		r->active = false;
		for (unsigned cpu = 0; cpu < machine.vcpus; cpu++)
			if (intid >= 32 || cpu == pe)
				dropped[cpu][intid] = false;
		break;
	default:
		break;
	}
}

static void write_bits(unsigned cpu)
{
	static const unsigned regs[] = {GIC_IGROUPR, GIC_ISENABLER, GIC_ISENABLER, GIC_ISENABLER,
		GIC_ICENABLER, GIC_ISPENDR, GIC_ISPENDR, GIC_ICPENDR, GIC_ISACTIVER, GIC_ICACTIVER,
		GIC_ICACTIVER};
	unsigned reg = regs[below(sizeof(regs) / sizeof(regs[0]))];
	unsigned b = below(BANKS);
	unsigned pe = b ? cpu : below(2) ? cpu : some_vcpu();
	uint32_t value = 0;

	if (reg == GIC_IGROUPR) {
		value = (uint32_t)rand() ^ (uint32_t)rand() << 8;
	} else {
		for (unsigned k = below(6); k < 8; k++)
			value |= 1u << below(32);
		for (unsigned k = below(3); k < 3; k++) {
			unsigned intid = some_intid();

			if (intid / 32 == b)
				value |= 1u << intid % 32;
		}
		if (reg == GIC_ISENABLER && !below(3))
			value = UINT32_MAX;
	}
	for (unsigned i = 0; i < 32; i++) {
		unsigned intid = 32 * b + i;

		/* A guest does not end, behind its back, what a handler is serving: the handler's
		 * EOI would mean nothing then. */
		if (reg == GIC_ICACTIVER && in_service(pe, intid))
			value &= ~(1u << i);
	}
	NOTE("cpu %u writes %x of bank %u of pe %u: %x", cpu, reg, b, pe, value);
	if (b)
		guest_write(cpu, false, reg + 4 * b, 4, value);
	else
		guest_write(cpu, true, pe * GICR_SIZE + GICR_FRAME + reg, 4, value);
	for (unsigned i = 0; i < 32; i++)
		if (machine_owns(32 * b + i))
			ref_write(pe, reg, 32 * b + i, value >> i & 1);
}

static void write_priority(unsigned cpu)
{
	unsigned intid = some_intid();
	unsigned pe = intid < 32 ? some_vcpu() : cpu;
	unsigned value = below(6) * 0x20 + below(2) * 8 + below(8);

	if (ref_interrupt(pe, intid)->active)
		return;
	NOTE("cpu %u gives %u of pe %u priority %x", cpu, intid, pe, value);
	if (intid < 32)
		guest_write(
			cpu, true, pe * GICR_SIZE + GICR_FRAME + GIC_IPRIORITYR + intid, 1, value);
	else
		guest_write(cpu, false, GIC_IPRIORITYR + intid, 1, value);
	ref_interrupt(pe, intid)->priority = value & 0xf8;
}

static void write_route(unsigned cpu)
{
	unsigned intid = some_intid();
	int target = below(8) ? (int)some_vcpu() : -1;

	if (intid < 32)
		return;
	NOTE("cpu %u routes %u to %d", cpu, intid, target);
	guest_write(cpu, false, GICD_IROUTER + 8 * intid, 8,
		(uint64_t)(target < 0 ? 0x7700000000ll : target));
	ref_interrupt(0, intid)->target = target;
}

static void write_trigger(unsigned cpu)
{
	unsigned intid = some_intid();
	unsigned pe = intid < 32 ? some_vcpu() : cpu;
	struct ref_interrupt *r = ref_interrupt(pe, intid);
	uint64_t base = intid < 32 ? pe * (uint64_t)GICR_SIZE + GICR_FRAME : 0;
	uint64_t reg = base + GIC_ICFGR + intid / 16 * 4;
	uint64_t old;

	/* Changing the trigger of a pending interrupt makes its state UNKNOWN. */
	if (intid < 16 || r->latch || r->line || r->active)
		return;
	NOTE("cpu %u makes %u of pe %u %s", cpu, intid, pe, r->edge ? "level" : "edge");
	old = guest_read(cpu, intid < 32, reg, 4);
	guest_write(cpu, intid < 32, reg, 4, old ^ 2u << 2 * (intid % 16));
	r->edge = !r->edge;
}

/* ---------------------------------------------------------------- other things that happen */

static void write_ctlr(unsigned cpu)
{
	unsigned value = below(3) ? 3 : below(4);

	NOTE("cpu %u writes CTLR %x", cpu, value);
	guest_write(cpu, false, GICD_CTLR, 4, value | 0x70);
	ref.ctlr = value;
}

static void send_sgi(unsigned cpu)
{
	unsigned sgi = below(16), list = below(1u << machine.vcpus);
	bool all = !below(4);
	enum sgi_register kind = below(4) ? ICC_SGI1R : ICC_SGI0R;

	NOTE("cpu %u sends sgi %u kind %d to %x%s", cpu, sgi, kind, list, all ? " all" : "");
	guest_send_sgi(cpu, kind, (uint64_t)sgi << 24 | (all ? SGIR_IRM : list));
	for (unsigned pe = 0; pe < machine.vcpus; pe++) {
		struct ref_interrupt *r = ref_interrupt(pe, sgi);

		if ((all ? pe != cpu : list >> pe & 1) && r->group1 == (kind == ICC_SGI1R))
			r->latch = true;
	}
}

static void move_line(unsigned cpu)
{
	unsigned intid = some_intid();
	bool level = below(2);

	if (intid < 16)
		return;
	/* If an edge comes between EL2's acknowledge and the guest's, the hardware latches it and
	 * delivers the interrupt once more. The reference merges the two. */
	if (machine_is_hardware(intid) && ref_interrupt(cpu, intid)->edge &&
		ref_interrupt(cpu, intid)->latch)
		return;
	/* A level that falls between the two is delivered all the same. */
	if (machine_is_hardware(intid) && machine_physical(cpu, intid)->active &&
		!ref_interrupt(cpu, intid)->active)
		return;
	NOTE("line of %u at cpu %u: %d", intid, cpu, level);
	machine_move_line(cpu, intid, level);
	ref_line(cpu, intid, level);
}

static bool is_idle(unsigned cpu)
{
	for (unsigned intid = 0; intid < INTIDS; intid++)
		if (dropped[cpu][intid])
			return false;
	return !depth[cpu];
}

static void change_interface(unsigned cpu)
{
	struct ref_pe *p = &ref.pe[cpu];

	if (!p->on)
		return;
	p->pmr = below(3) ? 0xf8 : below(6) * 0x28;
	p->groups = below(3) ? 3 : below(4);
	if (!below(8) && is_idle(cpu))
		p->split = !p->split;
	NOTE("cpu %u: pmr %x groups %x split %d", cpu, p->pmr, p->groups, p->split);
	guest_interface(cpu, p->pmr, p->groups, p->split);
}

static void acknowledge(unsigned cpu)
{
	unsigned group = 0;
	int expected = ref_highest(cpu);
	int found;

	if (!ref.pe[cpu].on || depth[cpu] == 64)
		return;
	/* An exit that is due may change what there is to acknowledge. On a real machine either may
	 * come first. */
	while (machine_exit(cpu))
		;
	found = guest_acknowledge(cpu, &group);
	NOTE("cpu %u acknowledges %d", cpu, found);
	if (found < 0) {
		if (expected >= 0 && prompt)
			fail_with_log("an interrupt got lost");
		return;
	}
	if (!ref_forwarded(cpu, (unsigned)found))
		fail_with_log("an interrupt that is not pending");
	if (expected < 0)
		fail_with_log("an interrupt that ought to be masked");
	if (ref_interrupt(cpu, (unsigned)found)->group1 != group)
		fail_with_log("wrong group");
	if (prompt && ref_interrupt(cpu, (unsigned)found)->priority !=
			      ref_interrupt(cpu, (unsigned)expected)->priority)
		fail_with_log("a less urgent interrupt first");
	ref_acknowledge(cpu, (unsigned)found);
	stack[cpu][depth[cpu]++] = (struct service){(unsigned)found, group};
	acknowledged++;
}

static void end(unsigned cpu)
{
	struct service s;

	if (!depth[cpu])
		return;
	/* Other vCPUs' requests are served first: a kick is faster than any other way by which the
	 * guest could learn of them. */
	while (machine_exit(cpu))
		;
	s = stack[cpu][--depth[cpu]];
	NOTE("cpu %u ends %u", cpu, s.intid);
	guest_end(cpu, s.intid, s.group);
	ref_end(cpu, s.intid, s.group);
	if (ref.pe[cpu].split)
		dropped[cpu][s.intid] = true;
	/* The maintenance interrupt comes before anything else the guest does. */
	while (machine_exit(cpu))
		;
}

static void deactivate(unsigned cpu)
{
	unsigned intid = some_intid();

	for (unsigned k = 0; k < 20 && !dropped[cpu][intid]; k++)
		intid = some_intid();
	if (!dropped[cpu][intid])
		return;
	if (intid >= 32 && !below(4)) {
		unsigned other = some_vcpu(); /* any PE may deactivate an SPI */

		if (ref.pe[other].split)
			cpu = other;
	}
	if (!ref.pe[cpu].split || !ref.pe[cpu].on)
		return;
	NOTE("cpu %u deactivates %u", cpu, intid);
	guest_deactivate(cpu, intid);
	ref_interrupt(cpu, intid)->active = false;
	for (unsigned other = 0; other < machine.vcpus; other++)
		if (intid >= 32 || other == cpu)
			dropped[other][intid] = false;
}

static void power(unsigned cpu)
{
	bool on = !ref.pe[cpu].on;

	NOTE("cpu %u goes %s", cpu, on ? "on" : "off");
	guest_power(cpu, on);
	ref_interface_reset(cpu, on);
	depth[cpu] = 0;
	memset(dropped[cpu], 0, sizeof(dropped[cpu]));
}

/* ---------------------------------------------------------------- comparing */

static void compare_bank(unsigned reader, unsigned pe, unsigned b)
{
	uint64_t base = b ? 4 * b : pe * (uint64_t)GICR_SIZE + GICR_FRAME;
	uint32_t pending =
		(uint32_t)guest_read(reader, !b, base + (below(2) ? GIC_ISPENDR : GIC_ICPENDR), 4);
	uint32_t active = (uint32_t)guest_read(
		reader, !b, base + (below(2) ? GIC_ISACTIVER : GIC_ICACTIVER), 4);
	uint32_t enabled = (uint32_t)guest_read(reader, !b, base + GIC_ISENABLER, 4);
	uint32_t group = (uint32_t)guest_read(reader, !b, base + GIC_IGROUPR, 4);

	for (unsigned i = 0; i < 32; i++) {
		const struct ref_interrupt *r = ref_interrupt(pe, 32 * b + i);
		char text[100];

		if ((pending >> i & 1) == ref_pending(r) && (active >> i & 1) == r->active &&
			(enabled >> i & 1) == r->enabled && (group >> i & 1) == r->group1)
			continue;
		snprintf(text, sizeof(text),
			"%u of pe %u as read by %u: pending %u (%u) active %u (%u) enabled %u (%u)",
			32 * b + i, pe, reader, pending >> i & 1, ref_pending(r), active >> i & 1,
			r->active, enabled >> i & 1, r->enabled);
		fail_with_log(text);
	}
}

static void compare_some(void)
{
	unsigned b = below(BANKS);

	compare_bank(some_vcpu(), some_vcpu(), b);
}

static void compare_all(void)
{
	machine_settle();
	machine_check();
	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++) {
		int expected = ref_highest(cpu);
		int found = ref.pe[cpu].on ? guest_highest(cpu) : -1;

		if ((expected < 0) != (found < 0) ||
			(found >= 0 && (!ref_forwarded(cpu, (unsigned)found) ||
					       ref_interrupt(cpu, (unsigned)found)->priority !=
						       ref_interrupt(cpu, (unsigned)expected)
							       ->priority))) {
			NOTE("cpu %u would take %d, reference %d", cpu, found, expected);
			fail_with_log("not what the reference delivers");
		}
		for (unsigned b = 0; b < BANKS; b++)
			compare_bank(some_vcpu(), cpu, b);
	}
	for (unsigned intid = 16; intid < INTIDS; intid++)
		for (unsigned cpu = 0; cpu < (intid < 32 ? machine.vcpus : 1); cpu++) {
			const struct ref_interrupt *r = ref_interrupt(cpu, intid);
			bool wanted = r->enabled && (ref.ctlr >> r->group1 & 1) &&
			              (intid < 32 ? ref.pe[cpu].on : r->target >= 0);

			if (machine_is_hardware(intid) &&
				machine_physical(cpu, intid)->enabled != wanted)
				fail_with_log(
					"enabled in hardware, or not, against the guest's wish");
		}
	machine_settle();
	if (guest_read(0, false, GICD_CTLR, 4) != (ref.ctlr | GICD_CTLR_ARE | GICD_CTLR_DS))
		fail_with_log("GICD_CTLR");
}

static void start(void)
{
	srand(seed);
	ref_reset();
	memset(depth, 0, sizeof(depth));
	memset(dropped, 0, sizeof(dropped));
	log_next = 0;
	machine_start(1 + seed % MAX_VCPUS, 1 + seed / 4 % 4);
	prompt = seed % 3;
	NOTE("seed %u: %u vCPUs, %u list registers%s", seed, machine.vcpus, machine.lrs,
		prompt ? ", prompt" : "");
	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++) {
		power(cpu);
		change_interface(cpu);
	}
	write_ctlr(0);
}

static void step(unsigned cpu)
{
	unsigned what = below(100);

	if (what < 20)
		write_bits(cpu);
	else if (what < 24)
		write_priority(cpu);
	else if (what < 29)
		write_route(cpu);
	else if (what < 30)
		write_ctlr(cpu);
	else if (what < 33)
		write_trigger(cpu);
	else if (what < 41)
		send_sgi(cpu);
	else if (what < 52)
		move_line(cpu);
	else if (what < 55)
		change_interface(cpu);
	else if (what < 75)
		acknowledge(cpu);
	else if (what < 90)
		end(cpu);
	else if (what < 96)
		deactivate(cpu);
	else if (what < 97 && !below(6))
		power(cpu);
	else
		compare_some();
}

static void a_guest_sees_what_the_reference_shows(void **unused)
{
	const char *only = getenv("VGIC_SEED");
	unsigned first = only ? (unsigned)atoi(only) : 1;
	unsigned last = only                   ? first
	                : getenv("VGIC_SEEDS") ? (unsigned)atoi(getenv("VGIC_SEEDS"))
	                                       : 600;

	(void)unused;
	signal(SIGABRT, aborted);
	for (seed = first; seed <= last; seed++) {
		start();
		for (unsigned n = 0; n < 800; n++) {
			unsigned cpu = some_vcpu();

			if (ref.pe[cpu].on)
				step(cpu);
			else if (!below(10))
				power(cpu);
			if (prompt)
				machine_settle();
			else if (below(2))
				machine_exit(some_vcpu());
			machine_check();
			if (n % 10 == 0)
				compare_all();
		}
		compare_all();
	}
	printf("# %lu interrupts acknowledged\n", acknowledged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_sees_what_the_reference_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
