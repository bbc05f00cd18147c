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
#include "version.h"

/* What a guest's handlers have acknowledged, in order. */
struct service {
	unsigned iar, group;
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

/* Whose private registers a vCPU accesses: of a GICv2, its own alone. */
static unsigned some_owner(unsigned cpu)
{
	return VERSION == 2 || below(2) ? cpu : some_vcpu();
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
			if ((stack[cpu][k].iar & 0x3ff) == intid)
				return true;
	return false;
}

static void ref_write(unsigned pe, unsigned reg, unsigned intid, bool bit)
{
	struct ref_interrupt *r = ref_interrupt(pe, intid);

	if (reg == GIC_IGROUPR)
		r->group1 = bit;
	/* SGIs of a GICv2 are always enabled, and pending by GICD_SPENDSGIR alone. */
	if (!bit || (VERSION == 2 && intid < 16 && reg < GIC_ISACTIVER))
		return;
	switch (reg) {
	case GIC_ISENABLER:
		r->enabled = true;
		break;
	case GIC_ICENABLER:
		r->enabled = false;
		break;
	case GIC_ISPENDR:
		r->latch = 1;
		break;
	case GIC_ICPENDR:
		r->latch = 0;
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
	unsigned pe = b ? cpu : some_owner(cpu);
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
	guest_write_bits(cpu, pe, b, reg, value);
	for (unsigned i = 0; i < 32; i++)
		if (machine_owns(32 * b + i))
			ref_write(pe, reg, 32 * b + i, value >> i & 1);
}

static void write_priority(unsigned cpu)
{
	unsigned intid = some_intid();
	unsigned pe = intid < 32 ? some_owner(cpu) : cpu;
	unsigned value = below(6) * 0x20 + below(2) * 8 + below(8);

	if (ref_interrupt(pe, intid)->active)
		return;
	NOTE("cpu %u gives %u of pe %u priority %x", cpu, intid, pe, value);
	guest_set_priority(cpu, pe, intid, (uint8_t)value);
	ref_interrupt(pe, intid)->priority = value & 0xf8;
}

static void write_route(unsigned cpu)
{
	unsigned intid = some_intid();
	unsigned targets = below(8) ? 1u << some_vcpu() : 0;
	struct ref_interrupt *r = ref_interrupt(0, intid);

	if (intid < 32)
		return;
	if (VERSION == 2 && below(2))
		targets = below(256); /* several, and some that are not there */
	NOTE("cpu %u routes %u to %x", cpu, intid, targets);
	guest_route(cpu, intid, (uint8_t)targets);
	if (VERSION == 2 && machine.vcpus == 1)
		return; /* IHI 0048, 4.3.12: RAZ/WI */
	r->targets = targets & ((1u << machine.vcpus) - 1);
	r->target = r->targets ? __builtin_ctz(r->targets) : -1;
}

static void write_trigger(unsigned cpu)
{
	unsigned intid = some_intid();
	unsigned pe = intid < 32 ? some_owner(cpu) : cpu;
	struct ref_interrupt *r = ref_interrupt(pe, intid);

	/* What becomes of a pending interrupt is UNKNOWN. */
	if (intid < 16 || r->latch || r->line || r->active)
		return;
	NOTE("cpu %u makes %u of pe %u %s", cpu, intid, pe, r->edge ? "level" : "edge");
	guest_turn_trigger(cpu, pe, intid);
	if (VERSION == 3 || intid >= 32) /* IHI 0048, 4.3.13: those of PPIs may be fixed */
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
	unsigned sgi = below(3) ? some_intid() & 15 : below(16);
	unsigned list = below(1u << machine.vcpus);
	bool others = !below(4), group1 = below(4);

	NOTE("cpu %u sends sgi %u of group %d to %x%s", cpu, sgi, group1, list,
		others ? " others" : "");
	guest_sgi(cpu, sgi, (uint8_t)list, others, group1);
	for (unsigned pe = 0; pe < machine.vcpus; pe++) {
		struct ref_interrupt *r = ref_interrupt(pe, sgi);

		if (!(others ? pe != cpu : list >> pe & 1))
			continue;
		if (VERSION == 2)
			r->latch |= 1u << cpu;
		else if (r->group1 == group1)
			r->latch = 1;
	}
}

/* GICD_SPENDSGIR and GICD_CPENDSGIR (IHI 0048, 4.3.16 and 4.3.17) */
static void write_senders(unsigned cpu)
{
	unsigned sgi = below(3) ? some_intid() & 15 : below(16), size = below(2) ? 1 : 4;
	bool set = below(2);
	uint32_t value = (uint32_t)rand();

	if (VERSION == 3)
		return;
	sgi &= ~(size - 1);
	NOTE("cpu %u %s %u senders of sgi %u: %x", cpu, set ? "sets" : "clears", size, sgi, value);
	guest_write_senders(cpu, sgi, size, value, set);
	for (unsigned k = 0; k < size; k++) {
		struct ref_interrupt *r = ref_interrupt(cpu, sgi + k);
		uint32_t senders = value >> 8 * k & ((1u << machine.vcpus) - 1);

		r->latch = set ? r->latch | senders : r->latch & ~senders;
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
	int iar;
	unsigned found;

	if (!ref.pe[cpu].on || depth[cpu] == 64)
		return;
	/* An exit that is due may change what there is to acknowledge. On a real machine either may
	 * come first. */
	while (machine_exit(cpu))
		;
	iar = guest_acknowledge(cpu, &group);
	NOTE("cpu %u acknowledges %x", cpu, (unsigned)iar);
	if (iar < 0) {
		if (expected >= 0 && prompt)
			fail_with_log("an interrupt got lost");
		return;
	}
	found = (unsigned)iar & 0x3ff;
	if (!ref_forwarded(cpu, found))
		fail_with_log("an interrupt that is not pending");
	if (VERSION == 2 && found < 16 && !(ref_interrupt(cpu, found)->latch >> (iar >> 10) & 1))
		fail_with_log("an SGI of another sender");
	if (expected < 0)
		fail_with_log("an interrupt that ought to be masked");
	if (ref_interrupt(cpu, found)->group1 != group)
		fail_with_log("wrong group");
	if (prompt && ref_interrupt(cpu, found)->priority !=
			      ref_interrupt(cpu, (unsigned)expected)->priority)
		fail_with_log("a less urgent interrupt first");
	ref_acknowledge(cpu, (unsigned)iar);
	stack[cpu][depth[cpu]++] = (struct service){(unsigned)iar, group};
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
	NOTE("cpu %u ends %x", cpu, s.iar);
	guest_end(cpu, s.iar, s.group);
	ref_end(cpu, s.iar & 0x3ff, s.group);
	if (ref.pe[cpu].split)
		dropped[cpu][s.iar & 0x3ff] = true;
	/* The maintenance interrupt comes before anything else the guest does. */
	while (machine_exit(cpu))
		;
}

/* True if GICV_DIR ends this interrupt: it is in a list register, or the only one that has left its
 * own. EL2 hears of the others by a count alone. */
static bool can_deactivate(unsigned cpu, unsigned intid)
{
	return VERSION == 3 || machine_is_listed(cpu, intid) || machine_evicted(cpu) == 1;
}

static void deactivate(unsigned cpu)
{
	unsigned intid = some_intid();

	for (unsigned k = 0; k < 20 && !dropped[cpu][intid]; k++)
		intid = some_intid();
	if (!dropped[cpu][intid])
		return;
	if (VERSION == 3 && intid >= 32 && !below(4)) {
		unsigned other = some_vcpu(); /* any PE may deactivate an SPI */

		if (ref.pe[other].split)
			cpu = other;
	}
	if (!ref.pe[cpu].split || !ref.pe[cpu].on)
		return;
	while (VERSION == 2 && machine_exit(cpu)) /* requests first, as in end() */
		;
	if (!can_deactivate(cpu, intid))
		return;
	NOTE("cpu %u deactivates %u", cpu, intid);
	guest_deactivate(cpu, intid);
	while (VERSION == 2 && machine_exit(cpu)) /* maintenance, as after an EOI */
		;
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

/* GICD_ITARGETSR of an SPI, and the senders of SGIs, which a GICv3 has not. */
static void compare_bytes(unsigned cpu)
{
	unsigned intid = some_intid();
	uint32_t found = intid < 16
	                         ? guest_read_senders(cpu, intid & ~3u, 4) >> 8 * (intid & 3) & 0xff
	                         : guest_read_targets(cpu, intid);
	uint32_t expected = intid < 16           ? ref_interrupt(cpu, intid)->latch
	                    : machine.vcpus == 1 ? 0
	                    : intid < 32         ? 1u << cpu
	                                         : ref_interrupt(0, intid)->targets;

	if (VERSION == 2 && found != expected) {
		NOTE("byte of %u as read by %u: %x (%x)", intid, cpu, found, expected);
		fail_with_log("targets or senders");
	}
}

static void compare_bank(unsigned reader, unsigned pe, unsigned b)
{
	unsigned by = VERSION == 2 && b == 0 ? pe : reader;
	uint32_t pending = guest_read_bits(by, pe, b, below(2) ? GIC_ISPENDR : GIC_ICPENDR);
	uint32_t active = guest_read_bits(by, pe, b, below(2) ? GIC_ISACTIVER : GIC_ICACTIVER);
	uint32_t enabled = guest_read_bits(by, pe, b, GIC_ISENABLER);
	uint32_t group = guest_read_bits(by, pe, b, GIC_IGROUPR);

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
	compare_bytes(some_vcpu());
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
	if (guest_read(0, false, GICD_CTLR, 4) != (ref.ctlr | CTLR_FIXED))
		fail_with_log("GICD_CTLR");
}

static void start(void)
{
	srand(seed);
	memset(depth, 0, sizeof(depth));
	memset(dropped, 0, sizeof(dropped));
	log_next = 0;
	machine_start(1 + seed % MAX_VCPUS, 1 + seed / 4 % 4);
	ref_reset(machine.vcpus);
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
	else if (what < 40)
		send_sgi(cpu);
	else if (what < 41)
		write_senders(cpu);
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
