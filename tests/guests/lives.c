// SPDX-License-Identifier: Apache-2.0
/*
 * Restarts while interrupts of each kind are pending, in a list register, active, or active and
 * pending, at the first CPU and at the last. In the next life nothing of that is left, and each
 * interrupt arrives once when it is raised anew. With the bootarg `crash` every third life ends by
 * a crash.
 */
#include <stddef.h>

#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "psci.h"
#include "survivor.h"
#include "sysreg.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "lives";

enum { SGI = 3, CONSOLE = 3, LINES = 5 }; /* CONSOLE: index in `intids` */
enum state { DISABLED, LISTED, ACTIVE, BOTH, STATES };

static const char *const state_names[] = {
	"pending and disabled", "in a list register", "active", "active and pending"};

/* An SGI, both timers, an SPI that is an emulated device's, and one that is passed through. */
static uint32_t intids[LINES];
static struct cpu *self, *victim;
static volatile bool ready;

static void find_interrupts(void)
{
	intids[0] = SGI;
	intids[1] = timers[VIRTUAL_TIMER].intid;
	intids[2] = timers[PHYSICAL_TIMER].intid;
	intids[CONSOLE] = fdt_intid(fdt_compatible("arm,pl011"), 0);
	intids[4] = fdt_intid(fdt_compatible("arm,pl031"), 0);
}

static struct timer *timer_of(uint32_t intid)
{
	return intid == intids[1]   ? &timers[VIRTUAL_TIMER]
	       : intid == intids[2] ? &timers[PHYSICAL_TIMER]
	                            : NULL;
}

/* Timers by their own condition, the others by the distributor. */
static void raise(struct cpu *cpu, uint32_t intid)
{
	struct timer *timer = timer_of(intid);

	if (timer && cpu == this_cpu())
		timer->set(0, true);
	else if (intid == SGI)
		gic_sgi(cpu, SGI);
	else
		gic_write(cpu, GICD_ISPENDR, intid);
}

/* Idle in this life: as after power-on, and silent when it is enabled. */
static bool is_clean(struct cpu *cpu, uint32_t intid)
{
	bool clean = !gic_read(cpu, GICD_ISENABLER, intid) && !gic_read(cpu, GICD_ISPENDR, intid) &&
	             !gic_read(cpu, GICD_ISACTIVER, intid);

	if (intid >= 32)
		clean = clean && (read64(gicd_base + GICD_IROUTER + 8 * intid) & 0xff00ffffff) ==
		                         cpus[0].mpidr;
	gic_set_group(cpu, intid, 1);
	gic_set_priority(cpu, intid, 0xa0);
	gic_write(cpu, GICD_ISENABLER, intid);
	for (uint32_t i = 0; cpu == self && i < 100; i++)
		clean = clean && read_sysreg(ICC_HPPIR1_EL1) == SPURIOUS;
	return clean;
}

static void on_irq(struct cpu *cpu, uint32_t intid)
{
	struct timer *timer = timer_of(intid);

	(void)cpu;
	if (timer)
		timer->stop();
}

/* One interrupt, and no second one. */
static bool arrives_once(uint32_t intid)
{
	gic_forget(self);
	raise(self, intid);
	if (!gic_take(self, 1, LONG) || self->log[0] != intid)
		return false;
	for (uint32_t i = 0; i < 100; i++)
		if (read_sysreg(ICC_HPPIR1_EL1) != SPURIOUS)
			return false;
	return self->log_count == 1 && !gic_read(self, GICD_ISPENDR, intid) &&
	       !gic_read(self, GICD_ISACTIVER, intid);
}

/* Every interrupt of the VM gets into this state here. */
static void leave_behind(enum state state)
{
	struct cpu *cpu = this_cpu();

	irq_disable();
	for (uint32_t i = 0; i < LINES; i++) {
		gic_prepare(cpu, intids[i]);
		if (state == DISABLED)
			gic_write(cpu, GICD_ICENABLER, intids[i]);
		if (state == LISTED) /* more urgent than the others, so that the guest sees it */
			gic_set_priority(cpu, intids[i], 0x80 - 0x10 * i);
		raise(cpu, intids[i]);
		if (state == LISTED && !WAIT_FOR(read_sysreg(ICC_HPPIR1_EL1) == intids[i], LONG))
			check(false, "INTID %u is in a list register", intids[i]);
	}
	if (state < ACTIVE)
		return;
	for (uint32_t i = 0; i < LINES; i++) {
		gic_set_priority(cpu, intids[i], 0x80 - 0x10 * i); /* all can be active at once */
		while (read_sysreg(ICC_IAR1_EL1) == SPURIOUS)
			relax();
	}
	for (uint32_t i = 0; state == BOTH && i < LINES; i++)
		raise(cpu, intids[i]);
}

static void other(struct cpu *cpu)
{
	leave_behind((enum state)cpu->argument);
	ready = true;
	for (;;)
		relax();
}

static void end_life(bool crash)
{
	if (crash) /* a pair from a device has no syndrome: a crash */
		__asm__ volatile("ldp x0, x1, [%0]" ::"r"(gicd_base) : "x0", "x1", "memory");
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

void test_main(void)
{
	struct survivor *old = survivor();
	uint32_t life = old->life, scene = life - 1;
	enum state state = (enum state)(scene % STATES);
	bool clean = true, once = true;
	/* EL2 sets the console's interrupt pending to have its device accessed. It does so if
	 * another VM writes as this one starts. */
	bool rings = life == 1 && is_direct && is_halved && !is_sole;

	self = this_cpu();
	self->on_irq = on_irq;
	find_interrupts();
	for (uint32_t i = 0; i < LINES; i++) {
		uint32_t bank = intids[i] / 32;

		if (rings && i == CONSOLE)
			continue;
		for (uint32_t c = 0; c < (bank ? 1 : cpu_count); c++)
			clean = is_clean(&cpus[c], intids[i]) && clean;
		once = arrives_once(intids[i]) && once;
	}
	/* before the library wrote anything */
	clean = clean && !(gic_reset.enabled | (rings ? 0 : gic_reset.pending) | gic_reset.active);
	check(clean, "life %u: nothing is left of the last one's interrupts", life);
	check(once, "life %u: each interrupt arrives once", life);
	if (life > 2 * 3 * STATES)
		return;
	victim = &cpus[scene / STATES % 2 ? cpu_count - 1 : 0];
	print("# life %u: interrupts at CPU %u are %s\n", life, victim->index, state_names[state]);
	if (victim == self)
		leave_behind(state);
	else if (!cpu_start(victim->index, other, state) || !WAIT_FOR(ready, LONG))
		check(false, "CPU %u starts", victim->index);
	end_life(fdt_bootarg("crash") && life % 3 == 0);
	check(false, "this life has ended");
}
