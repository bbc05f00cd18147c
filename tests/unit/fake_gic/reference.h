/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ideal GIC with one security state, of the version that the test is built for: a GICv3 from
 * IHI 0069, a GICv2 from IHI 0048. Every interrupt is one record, every change takes effect at
 * once, and there is no list register. Private interrupts have one record per PE.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>

#define REF_PES    4
#define REF_INTIDS 96

struct ref_interrupt {
	bool enabled, group1, edge, line, active;
	unsigned latch; /* of a GICv2's SGI: a bit for each PE that has sent it (4.3.17) */
	unsigned priority;
	int target;       /* PE; -1: nobody. Of SPIs */
	unsigned targets; /* as GICD_ITARGETSR reads */
};

struct ref_pe {
	struct ref_interrupt private[32];
	unsigned pmr, groups, ap[2];
	bool split, on;
};

struct reference {
	struct ref_pe pe[REF_PES];
	struct ref_interrupt shared[REF_INTIDS];
	unsigned ctlr;
};

extern struct reference ref;

void ref_reset(unsigned pes);
struct ref_interrupt *ref_interrupt(unsigned pe, unsigned intid);
bool ref_pending(const struct ref_interrupt *r);
void ref_line(unsigned pe, unsigned intid, bool level);

/* True if `intid` may be forwarded to `pe`, whatever the CPU interface thinks of it. */
bool ref_forwarded(unsigned pe, unsigned intid);

/* One of the interrupts that ICC_IAR may return, or -1. */
int ref_highest(unsigned pe);

/* `iar`: what the guest has read of ICC_IAR. That of a GICv2's SGI names one of its senders. */
void ref_acknowledge(unsigned pe, unsigned iar);
void ref_end(unsigned pe, unsigned intid, unsigned group);

/* The CPU interface after a reset of the PE. */
void ref_interface_reset(unsigned pe, bool on);

#endif
