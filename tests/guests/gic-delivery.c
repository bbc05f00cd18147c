// SPDX-License-Identifier: Apache-2.0
/*
 * What arrives, when, and in which order: masks, priorities, preemption, groups, the two ways of
 * ending an interrupt.
 */
#include "cpu.h"
#include "gic.h"
#include "print.h"
#include "test.h"

const char test_name[] = "gic-delivery";

static struct cpu *self;

static void eoi(uint32_t intid)
{
	write_sysreg(ICC_EOIR1_EL1, intid);
	isb();
}

static void deactivate(uint32_t intid)
{
	write_sysreg(ICC_DIR_EL1, intid);
	isb();
}

static void set_eoi_mode(uint32_t mode)
{
	write_sysreg(ICC_CTLR_EL1, mode << 1);
	isb();
}

static uint32_t acknowledge(void)
{
	uint32_t intid = (uint32_t)read_sysreg(ICC_IAR1_EL1);

	dsb();
	return intid;
}

/* All SGIs as gic_prepare() leaves them, and an empty log. */
static void start(void)
{
	set_eoi_mode(0);
	gic_set_mask(0xff);
	write_sysreg(ICC_BPR1_EL1, 0);
	self->on_irq = 0;
	self->keep_active = false;
	for (uint32_t i = 0; i < gic_sgis(); i++)
		gic_prepare(self, i);
	gic_forget(self);
}

/* True if INTID `intid`, and nothing else, arrives. */
static bool arrives(uint32_t intid)
{
	gic_forget(self);
	return gic_take(self, 1, LONG) && self->log_count == 1 && self->log[0] == intid;
}

static bool nothing_arrives(void)
{
	gic_forget(self);
	return !gic_take(self, 1, SHORT);
}

static void acknowledging(void)
{
	start();
	check_equal(acknowledge(), SPURIOUS, "IAR without an interrupt is spurious");
	gic_sgi(self, 4);
	check_equal(read_sysreg(ICC_HPPIR1_EL1), 4, "HPPIR shows what is pending");
	check(gic_read(self, GICD_ISPENDR, 4) && !gic_read(self, GICD_ISACTIVER, 4),
		"ISPENDR shows what is pending");
	check_equal(acknowledge(), 4, "IAR answers the INTID");
	check(!gic_read(self, GICD_ISPENDR, 4) && gic_read(self, GICD_ISACTIVER, 4),
		"acknowledged: active, not pending");
	check_equal(gic_running_priority(), 0xa0, "RPR is the priority of the active interrupt");
	check_equal(acknowledge(), SPURIOUS, "IAR a second time is spurious");
	gic_sgi(self, 4);
	check(gic_read(self, GICD_ISPENDR, 4) && gic_read(self, GICD_ISACTIVER, 4),
		"active and pending at once");
	check_equal(acknowledge(), SPURIOUS, "an interrupt does not preempt itself");
	eoi(4);
	check(!gic_read(self, GICD_ISACTIVER, 4), "EOIR ends it");
	check_equal(gic_running_priority(), 0xff, "RPR is idle again");
	check(arrives(4), "what was pended while active arrives after the end");
	check(nothing_arrives(), "and only once");
}

static void masks(void)
{
	start();
	gic_set_mask(0xa0);
	gic_sgi(self, 1);
	check(nothing_arrives(), "PMR equal to the priority masks");
	gic_set_mask(0xb0);
	check(arrives(1), "PMR above the priority lets through");
	gic_set_mask(0xff);

	write_sysreg(ICC_IGRPEN1_EL1, 0);
	gic_sgi(self, 2);
	check(nothing_arrives(), "ICC_IGRPEN1_EL1 = 0 masks");
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	check(arrives(2), "ICC_IGRPEN1_EL1 = 1 lets through");

	write32(gicd_base + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP0);
	gic_wait_rwp(0);
	gic_sgi(self, 2);
	check(nothing_arrives(), "GICD_CTLR.EnableGrp1 = 0 masks");
	write32(gicd_base + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP0 | GICD_CTLR_GROUP1);
	check(arrives(2), "GICD_CTLR.EnableGrp1 = 1 lets through");

	gic_write(self, GICD_ICENABLER, 3);
	gic_sgi(self, 3);
	check(nothing_arrives() && gic_read(self, GICD_ISPENDR, 3), "disabled: stays pending");
	gic_write(self, GICD_ISENABLER, 3);
	check(arrives(3), "enabled: arrives");
}

static void changes_while_pending(void)
{
	start();
	gic_sgi(self, 5);
	gic_write(self, GICD_ICENABLER, 5);
	check(nothing_arrives() && gic_read(self, GICD_ISPENDR, 5),
		"disabled while pending: does not arrive, stays pending");
	gic_write(self, GICD_ISENABLER, 5);
	check(arrives(5), "enabled again: arrives");

	gic_sgi(self, 6);
	gic_write(self, GICD_ICPENDR, 6);
	check(nothing_arrives() && !gic_read(self, GICD_ISPENDR, 6),
		"ICPENDR while pending: does not arrive");

	gic_set_priority(self, 7, 0x40);
	gic_set_priority(self, 8, 0x80);
	gic_sgi(self, 7);
	gic_sgi(self, 8);
	gic_set_priority(self, 7, 0xc0);
	gic_forget(self);
	check(gic_take(self, 2, LONG) && self->log[0] == 8 && self->log[1] == 7,
		"reprioritised while pending: new order");

	gic_sgi(self, 9);
	gic_set_group(self, 9, 0);
	if (is_direct) {
		check(nothing_arrives() && gic_read(self, GICD_ISPENDR, 9),
			"moved to Group 0 while pending: does not arrive, stays pending");
		gic_set_group(self, 9, 1);
		check(arrives(9), "moved back: arrives");
	} else {
		check(arrives(9) && self->fiqs == 1,
			"moved to Group 0 while pending: arrives as FIQ");
		gic_set_group(self, 9, 1);
	}

	gic_write(self, GICD_ISPENDR, 10);
	check(arrives(10), "ISPENDR of an SGI makes it arrive");
	gic_sgi(self, 11);
	gic_sgi(self, 11);
	check(arrives(11) && nothing_arrives(), "pended twice: arrives once");
}

static void active_bits(void)
{
	start();
	gic_write(self, GICD_ISACTIVER, 5);
	check(gic_read(self, GICD_ISACTIVER, 5), "ISACTIVER makes an idle interrupt active");
	gic_sgi(self, 5);
	check(nothing_arrives(), "active by ISACTIVER: does not arrive");
	gic_write(self, GICD_ICACTIVER, 5);
	check(arrives(5), "ICACTIVER: arrives");

	set_eoi_mode(1);
	gic_sgi(self, 6);
	check_equal(acknowledge(), 6, "EOImode 1: acknowledged");
	eoi(6);
	check_equal(gic_running_priority(), 0xff, "EOImode 1: EOIR drops the priority");
	check(gic_read(self, GICD_ISACTIVER, 6), "EOImode 1: still active after EOIR");
	gic_sgi(self, 6);
	check_equal(acknowledge(), SPURIOUS, "EOImode 1: does not arrive again before DIR");
	gic_set_priority(self, 7, 0xc0);
	gic_sgi(self, 7);
	check_equal(acknowledge(), 7, "EOImode 1: one of lower priority arrives after EOIR");
	eoi(7);
	deactivate(6);
	check(!gic_read(self, GICD_ISACTIVER, 6) && gic_read(self, GICD_ISACTIVER, 7),
		"EOImode 1: DIR ends the one it names");
	check_equal(acknowledge(), 6, "EOImode 1: arrives again after DIR");
	eoi(6);
	gic_write(self, GICD_ICACTIVER, 6);
	gic_write(self, GICD_ICACTIVER, 7);
	gic_sgi(self, 6);
	check_equal(acknowledge(), 6, "EOImode 1: ICACTIVER does what DIR does");
	eoi(6);
	deactivate(6);
	start();
}

/* More than any implementation has list registers. */
static void many_pending(void)
{
	uint32_t ranks = gic_ranks(), in_order = 0;

	start();
	for (uint32_t i = 0; i < ranks; i++)
		gic_set_priority(self, i, gic_rank((i * 11 + 3) % ranks));
	gic_set_mask(0);
	for (uint32_t i = 0; i < ranks; i++)
		gic_sgi(self, (i * 13 + 2) % ranks);
	gic_forget(self);
	gic_set_mask(0xff);
	gic_take(self, ranks, LONG);
	for (uint32_t i = 0; i < ranks; i++)
		in_order += (self->log[i] * 11 + 3) % ranks == i;
	check_equal(self->log_count, ranks, "%u pending SGIs: all arrive", ranks);
	check_equal(in_order, ranks, "%u pending SGIs: in the order of their priorities", ranks);
	check(nothing_arrives(), "%u pending SGIs: none twice", ranks);
}

static uint32_t nested_depth, nested_deepest;

static void nest(struct cpu *cpu, uint32_t intid)
{
	nested_depth++;
	if (nested_depth > nested_deepest)
		nested_deepest = nested_depth;
	if (intid > 0)
		gic_sgi(cpu, intid - 1);
	irq_enable();
	WAIT_FOR(false, 1);
	irq_disable();
	nested_depth--;
}

/* Saves what an interrupt handler that lets others in has to save. */
static void nest_saving(struct cpu *cpu, uint32_t intid)
{
	uint64_t elr = read_sysreg(elr_el1);
	uint64_t spsr = read_sysreg(spsr_el1);

	nest(cpu, intid);
	write_sysreg(elr_el1, elr);
	write_sysreg(spsr_el1, spsr);
}

static void preemption(void)
{
	uint32_t ranks = gic_ranks(), sgis = gic_sgis();

	start();
	for (uint32_t i = 0; i < ranks; i++)
		gic_set_priority(self, i, gic_rank(i));
	self->on_irq = nest_saving;
	nested_deepest = 0;
	gic_forget(self);
	gic_sgi(self, ranks - 1);
	check(gic_take(self, ranks, LONG), "%u priorities: each preempts the one below", ranks);
	check_equal(nested_deepest, ranks, "%u priorities: as many handlers deep", ranks);
	check_equal(gic_running_priority(), 0xff, "%u priorities: idle at the end", ranks);

	for (uint32_t i = 0; i < sgis; i++)
		gic_set_priority(self, i, (uint8_t)(8 * i));
	write_sysreg(ICC_BPR1_EL1, 7);
	nested_deepest = 0;
	gic_forget(self);
	gic_sgi(self, sgis - 1);
	check(gic_take(self, sgis, LONG) && nested_deepest == 1,
		"BPR1 = 7: one group priority, nothing preempts");
	start();
}

static uint32_t frame_word(uint32_t reg)
{
	return read32(self->gicr + GICR_SGI + reg) & 0xffff;
}

/* More are active at once than there are list registers, and a more urgent one still gets in. */
static void many_active(void)
{
	uint32_t wrong = 0, many = gic_sgis() - 1, ranks = gic_ranks();

	start();
	set_eoi_mode(1);
	for (uint32_t i = 0; i < many; i++) {
		gic_sgi(self, i);
		wrong += acknowledge() != i;
		eoi(i);
	}
	check_equal(wrong, 0, "%u SGIs are active at once", many);
	check_equal(frame_word(GICD_ISACTIVER), (1u << many) - 1, "%u SGIs show as active", many);
	gic_sgi(self, many);
	check_equal(acknowledge(), many, "one more gets in");
	eoi(many);
	deactivate(many);
	for (uint32_t i = 0; i < many; i++)
		gic_sgi(self, i);
	check_equal(acknowledge(), SPURIOUS, "none of the active ones arrives again");
	check_equal(
		frame_word(GICD_ISPENDR), (1u << many) - 1, "all of the active ones are pending");
	wrong = 0;
	for (uint32_t i = 0; i < many; i++) {
		uint32_t intid = i * 11 % many;

		deactivate(intid);
		wrong += acknowledge() != intid;
		eoi(intid);
	}
	check_equal(wrong, 0, "each arrives again once it is deactivated, in any order");
	for (uint32_t i = 0; i < many; i++)
		deactivate(i);
	check_equal(frame_word(GICD_ISACTIVER), 0, "none is active at the end");

	/* The same nested: as many running priorities, which end from the innermost on. */
	start();
	wrong = 0;
	for (uint32_t i = 0; i < ranks; i++) {
		gic_set_priority(self, i, gic_rank(ranks - 1 - i));
		gic_sgi(self, i);
		wrong += acknowledge() != i;
	}
	for (uint32_t i = ranks; i-- > 0;) {
		wrong += gic_running_priority() != gic_rank(ranks - 1 - i);
		eoi(i);
	}
	check_equal(wrong, 0, "%u SGIs active and nested end in order", ranks);
	check_equal(frame_word(GICD_ISACTIVER), 0, "none is active after them");
}

/* Group 0 is the hypervisor's: nothing that the guest does brings it an FIQ. */
static void no_group0(void)
{
	start();
	gic_set_group(self, 1, 0);
	gic_set_group(self, 15, 0);
	write_sysreg(ICC_IGRPEN0_EL1, 1);
	write_sysreg(ICC_SGI0R_EL1, gic_sgi_value(self->mpidr, 1));
	write_sysreg(ICC_SGI0R_EL1, gic_sgi_value(self->mpidr, 2));
	write_sysreg(ICC_ASGI1R_EL1, gic_sgi_value(self->mpidr, 2));
	write_sysreg(ICC_SGI0R_EL1, gic_sgi_value(self->mpidr, 15));
	isb();
	gic_sgi(self, 15);
	gic_write(self, GICD_ISPENDR, 15);
	gic_write(self, GICD_ISPENDR, 1);
	check(nothing_arrives() && !self->fiqs, "no SGI of Group 0, and no SGI 15, arrives");
	start();
}

static void groups(void)
{
	start();
	gic_set_group(self, 1, 0);
	gic_sgi(self, 1);
	check(nothing_arrives(), "ICC_SGI1R_EL1 does not send an SGI of Group 0");
	gic_write(self, GICD_ICPENDR, 1);
	write_sysreg(ICC_SGI0R_EL1, gic_sgi_value(self->mpidr, 1));
	isb();
	check(arrives(1) && self->fiqs == 1,
		"ICC_SGI0R_EL1 sends an SGI of Group 0, which arrives as FIQ");
	write_sysreg(ICC_SGI0R_EL1, gic_sgi_value(self->mpidr, 2));
	isb();
	check(nothing_arrives(), "ICC_SGI0R_EL1 does not send an SGI of Group 1");
	gic_write(self, GICD_ICPENDR, 2);

	write_sysreg(ICC_IGRPEN0_EL1, 0);
	gic_write(self, GICD_ISPENDR, 1);
	check(nothing_arrives(), "ICC_IGRPEN0_EL1 = 0 masks Group 0");
	if (!on_plain) { /* QEMU's redistributor does not look at ICC_IGRPEN0_EL1 when it chooses */
		gic_sgi(self, 2);
		check(arrives(2), "and Group 1 still arrives");
	}
	write_sysreg(ICC_IGRPEN0_EL1, 1);
	check(arrives(1) && self->fiqs == 1, "ICC_IGRPEN0_EL1 = 1 lets Group 0 through");

	for (uint32_t i = 0; i < 16; i++) {
		gic_set_group(self, i, i % 2);
		gic_set_priority(self, i, (uint8_t)(0x10 * i));
		gic_write(self, GICD_ISPENDR, i);
	}
	gic_forget(self);
	check(gic_take(self, 16, LONG) && self->fiqs == 8,
		"both groups pending: all arrive, half of them as FIQ");
	start();
}

static uint32_t random_state = 1;

static uint32_t random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

/* Takes everything that may arrive; true if that is `expected`, in the order of `priority`. */
static bool takes_in_order(uint32_t expected, const uint8_t *priority)
{
	uint32_t seen = 0;
	uint32_t last = 0;

	gic_forget(self);
	irq_enable();
	irq_disable();
	for (uint32_t quiet = 0; quiet < 3; quiet++) {
		uint32_t before = self->log_count;

		irq_enable();
		relax();
		irq_disable();
		if (self->log_count != before)
			quiet = 0;
	}
	for (uint32_t i = 0; i < self->log_count; i++) {
		uint32_t intid = self->log[i];

		if (seen & 1u << intid || priority[intid] < last)
			return false;
		seen |= 1u << intid;
		last = priority[intid];
	}
	return seen == expected;
}

/* Random priorities, enables, pending bits and PMR, against what the specification says of them. */
static void any_state(void)
{
	uint32_t sgis = gic_sgis(), all = (1u << sgis) - 1, rounds = 0;
	uint8_t priority[16];

	start();
	for (; rounds < 300; rounds++) {
		uint32_t enabled = random() & all;
		uint32_t pending = random() & all;
		uint32_t cleared = random() & random() & all;
		uint8_t pmr = (uint8_t)(random() & (is_halved ? 0xf0 : 0xf8));
		uint64_t frame = self->gicr + GICR_SGI;
		uint32_t now_taken = 0;

		for (uint32_t i = 0; i < sgis; i++) {
			uint8_t written = gic_rank(random() % gic_ranks());

			/* With direct interrupts 0 is not to be had: who writes it gets the
			 * nearest, rank 0. */
			write8(frame + GICD_IPRIORITYR + i,
				is_direct && written == gic_rank(0) ? 0 : written);
			priority[i] = written;
			now_taken |= priority[i] < pmr ? 1u << i : 0;
		}
		gic_set_mask(pmr);
		write32(frame + GICD_ISENABLER, enabled);
		write32(frame + GICD_ISPENDR, pending);
		write32(frame + GICD_ICPENDR, cleared);
		write32(frame + GICD_ICENABLER, ~enabled & all);
		gic_wait_rwp(self);
		dsb();
		pending &= ~cleared;
		now_taken &= pending & enabled;
		if ((read32(frame + GICD_ISPENDR) & all) != pending ||
			!takes_in_order(now_taken, priority))
			break;
		gic_set_mask(0xff);
		if (!takes_in_order(pending & enabled & ~now_taken, priority))
			break;
		write32(frame + GICD_ISENABLER, all);
		dsb();
		if (!takes_in_order(pending & ~enabled, priority))
			break;
	}
	check_equal(rounds, 300,
		"random priorities, masks and pending bits: what arrives, and its order");
	start();
}

void test_main(void)
{
	self = this_cpu();
	acknowledging();
	masks();
	changes_while_pending();
	active_bits();
	many_pending();
	preemption();
	many_active();
	if (is_direct)
		no_group0();
	else
		groups();
	any_state();
}
