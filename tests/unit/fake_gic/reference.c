/* SPDX-License-Identifier: Apache-2.0 */
/* The ideal GIC (reference.h). */
#include "reference.h"

#include <assert.h>
#include <string.h>

#include "version.h"

struct reference ref;

void ref_reset(unsigned pes)
{
	memset(&ref, 0, sizeof(ref));
	for (unsigned pe = 0; pe < REF_PES; pe++)
		for (unsigned sgi = 0; sgi < 16; sgi++) {
			ref.pe[pe].private[sgi].edge = true;
			ref.pe[pe].private[sgi].enabled = VERSION == 2; /* as of a GIC-400 */
		}
	/* IHI 0048, 4.3.12: with one PE, it is the target of all; else there is none yet. */
	for (unsigned intid = 32; VERSION == 2 && pes > 1 && intid < REF_INTIDS; intid++)
		ref.shared[intid].target = -1;
}

struct ref_interrupt *ref_interrupt(unsigned pe, unsigned intid)
{
	return intid < 32 ? &ref.pe[pe].private[intid] : &ref.shared[intid];
}

/*
 * IHI 0069, 4.1.2: a level-sensitive interrupt is pending while its line is up, or by GICD_ISPENDR
 * until acknowledged.
 */
bool ref_pending(const struct ref_interrupt *r)
{
	return r->latch || (r->line && !r->edge);
}

void ref_line(unsigned pe, unsigned intid, bool level)
{
	struct ref_interrupt *r = ref_interrupt(pe, intid);

	if (level && !r->line && r->edge)
		r->latch = true;
	r->line = level;
}

bool ref_forwarded(unsigned pe, unsigned intid)
{
	const struct ref_interrupt *r = ref_interrupt(pe, intid);

	return ref_pending(r) && !r->active && r->enabled && (ref.ctlr >> r->group1 & 1) &&
	       (intid < 32 || r->target == (int)pe);
}

/*
 * Group priority (4.8.2); reset binary points: BPR0 = 2 and BPR1 = 3 with 5 bits, so every level is
 * its own.
 */
static unsigned level(unsigned priority)
{
	return priority >> 3;
}

int ref_highest(unsigned pe)
{
	const struct ref_pe *p = &ref.pe[pe];
	unsigned active = p->ap[0] | p->ap[1];
	unsigned running = active ? (unsigned)__builtin_ctz(active) : 32;
	int best = -1;

	for (unsigned intid = 0; intid < REF_INTIDS; intid++) {
		const struct ref_interrupt *r = ref_interrupt(pe, intid);

		if (!p->on || !ref_forwarded(pe, intid) || !(p->groups >> r->group1 & 1))
			continue;
		if (best < 0 || r->priority < ref_interrupt(pe, (unsigned)best)->priority)
			best = (int)intid;
	}
	if (best < 0 || ref_interrupt(pe, (unsigned)best)->priority >= p->pmr)
		return -1;
	return level(ref_interrupt(pe, (unsigned)best)->priority) < running ? best : -1;
}

void ref_acknowledge(unsigned pe, unsigned iar)
{
	unsigned intid = iar & 0x3ff, sender = iar >> 10;
	struct ref_interrupt *r = ref_interrupt(pe, intid);

	/* IHI 0048, 4.4.4: an SGI is acknowledged for one that sent it, and stays pending for the
	 * others. They are not signalled before it is deactivated (3.2.2). */
	if (VERSION == 2 && intid < 16) {
		assert(r->latch >> sender & 1);
		r->latch &= ~(1u << sender);
	} else {
		assert(!sender);
		r->latch = 0;
	}
	r->active = true;
	ref.pe[pe].ap[r->group1] |= 1u << level(r->priority);
}

void ref_end(unsigned pe, unsigned intid, unsigned group)
{
	struct ref_pe *p = &ref.pe[pe];

	p->ap[group] &= p->ap[group] - 1;
	if (!p->split)
		ref_interrupt(pe, intid)->active = false;
}

void ref_interface_reset(unsigned pe, bool on)
{
	struct ref_pe *p = &ref.pe[pe];

	p->pmr = p->groups = p->ap[0] = p->ap[1] = 0;
	p->split = false;
	p->on = on;
}
