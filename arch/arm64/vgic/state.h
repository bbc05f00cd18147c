/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types that hold the state of a virtual GIC. struct vm and struct vcpu contain one, and the
 * generated tables the banks of SPIs. The fields are private to vgic/ and direct/.
 */
#ifndef PINION_VGIC_STATE_H
#define PINION_VGIC_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"
#include "vgic_own.h"

/*
 * The state of 32 INTIDs outside of list registers, with a bit or an array element for each: the
 * SGIs and PPIs of a vCPU, or 32 SPIs. Behind a hardware interrupt is a physical one, behind an
 * emulated interrupt an emulated device.
 *
 * All is written under the VM's lock, but for `pending` of private interrupts (vgic_pending_set()).
 * Atomics are also read without the lock.
 */
struct vgic_bank {
	_Atomic uint32_t enabled; /* GICD_ISENABLER */
	_Atomic uint32_t group;   /* GICD_IGROUPR: 1 is Group 1 */
	_Atomic uint32_t edge;    /* GICD_ICFGR: 1 is edge-triggered */
	/*
	 * Latch: an edge, an SGI or a write of ISPENDR has made it pending. The latch of a hardware
	 * interrupt is in the hardware; this bit is set as well if it is level-sensitive and the
	 * guest wrote ISPENDR.
	 */
	_Atomic uint32_t pending;
	/* Emulated: its line is high. Hardware: acknowledged by EL2, waits for a list register. */
	uint32_t line;
	/* The latch went into the list register or, of a hardware interrupt, was taken with EL2's
	 * acknowledge. In direct mode: the level of an emulated device's line (direct/direct.h). */
	uint32_t latched;
	uint32_t active; /* active, and in no list register */
	/* Those of `active` that were moved out of their holder's list register to make room for
	 * others while EOImode was 0. Their ends are counted in ICH_HCR_EL2.EOIcount. */
	uint32_t evicted;
	uint32_t routed; /* its route leads to a vCPU of the VM */
	/* The pending and active states in list registers when their holder published them last. */
	uint32_t published_pending;
	uint32_t published_active;
	/* Accesses that the holder has yet to carry out: ISPENDR of hardware interrupts, and
	 * ICPENDR, ISACTIVER and ICACTIVER of all. */
	uint32_t want_pending;
	uint32_t want_not_pending;
	uint32_t want_active;
	uint32_t want_inactive;
	_Atomic uint8_t priority[32];

	/* SPIs only */
	_Atomic uint32_t route[32]; /* which vCPU it goes to: route.h */
	uint32_t held; /* a vCPU has it in a list register, or had it there last: its holder */
	uint16_t holder[32]; /* the index of that vCPU */
};

struct vgic_cpu {
	/* Accessed by this vCPU's pCPU alone. Others may read `lrs` under the VM's lock. */
	uint32_t ready; /* private interrupts that are forwarded if pending; 0: the vCPU is off */
	/* Those of `ready` that go to a list register without the VM's lock. */
	uint32_t fast_hardware; /* hardware interrupts: vgic_hardware_interrupt() */
	uint32_t fast_software; /* SGIs and emulated PPIs: vgic_update() */
	uint32_t lrs;           /* the list registers, a bit for each; 0 while the vCPU is off */
	uint32_t evicted;       /* how many interrupts this vCPU holds in vgic_bank.evicted */
	uint32_t ticket;        /* what the access at retry_at waits for: see `published` */
	uint64_t retry_at;      /* guest_position() of an access that is to be retried; 0: none */
	uint64_t hcr;           /* what EL2 wrote to ICH_HCR_EL2 last */

	/* Written under the VM's lock, bit b for bank b: */
	_Atomic uint32_t queued; /* it may hold an interrupt that needs a list register here */
	_Atomic uint32_t sync;   /* what this vCPU holds of it has to be synced and published */

	/* Written under the VM's lock: this vCPU has published all that was asked for up to this
	 * value of vgic_vm.ticket. */
	uint32_t published;
	struct vgic_own own;
	struct vgic_bank bank; /* SGIs and PPIs */
};

struct vgic_vm {
	struct lock lock;
	_Atomic uint32_t ctlr;        /* GICD_CTLR.EnableGrp0 and EnableGrp1 */
	_Atomic uint32_t outstanding; /* how many vCPUs have `sync` bits set: RWP reads as 1 */
	uint32_t ticket;              /* the last one given to an access that waits */
};

#endif
