/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a virtual GIC. struct vm and struct vcpu hold it, and generated tables the banks of
 * SPIs; the fields are private to vgic/ and direct/.
 */
#ifndef PINION_VGIC_STATE_H
#define PINION_VGIC_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"

/*
 * 32 INTIDs: SGIs and PPIs of a vCPU, or 32 SPIs. Atomics are also read without the VM's lock, and
 * `pending` of SGIs is set without it; everything is written with it.
 */
struct vgic_bank {
	_Atomic uint32_t enabled;
	_Atomic uint32_t group; /* 1: Group 1 */
	_Atomic uint32_t edge;
	_Atomic uint32_t pending; /* latch: edges, SGIs, ISPENDR; in no list register */
	uint32_t line;    /* emulated: level of the input. hardware: acknowledged, waits for a list
	                     register */
	uint32_t latched; /* (direct.h: lines of emulated devices) the latch went into the list
	                     register, or was consumed by the acknowledge */
	uint32_t active;  /* active, and in no list register */
	uint32_t evicted; /* of the active: had to leave its holder's list register; the guest's EOI
	                     is counted */
	uint32_t routed;  /* IROUTER names a vCPU of the VM */
	uint32_t published_pending; /* pending and active states in list registers, as of when their
	                           holder was last */
	uint32_t published_active;  /* asked to show them */
	uint32_t want_pending; /* asked of the holder by accesses of other vCPUs: hardware ISPENDR,
	                          ICPENDR, */
	uint32_t want_not_pending; /* ISACTIVER, ICACTIVER */
	uint32_t want_active;
	uint32_t want_inactive;
	_Atomic uint8_t priority[32];
	/* SPIs only */
	_Atomic uint32_t affinity[32]; /* IROUTER: Aff3.Aff2.Aff1.Aff0 */
	uint32_t held;                 /* by some vCPU: its list register may be empty by now */
	uint16_t holder[32];           /* the index of that vCPU */
};

struct vgic_cpu {
	/* of this pCPU alone */
	uint32_t ready; /* private INTIDs that are enabled, as their group is; 0: the vCPU is off */
	uint32_t fast_hardware; /* of those: hardware interrupts that may go straight to a list
	                           register */
	uint32_t fast_software; /* of those: the ones that are no hardware interrupts */
	uint32_t lrs;           /* mask of list registers; 0 while the vCPU is off */
	uint32_t evicted; /* how many interrupts are active here and in no list register for want of
	                     one */
	uint32_t ticket;  /* what retry_at waits for */
	uint64_t retry_at; /* guest_position() of an access to be executed again; 0: none */
	uint64_t hcr;      /* ICH_HCR_EL2 */
	/* written under the VM's lock */
	_Atomic uint32_t queued; /* bit b: bank b may hold something for this vCPU that is in no
	                          list register */
	_Atomic uint32_t
		sync; /* bit b: what of bank b is held here has to be looked at anew, and shown */
	uint32_t published;     /* ticket up to which everything asked for was shown */
	_Atomic uint32_t waker; /* GICR_WAKER.ProcessorSleep */
	struct vgic_bank bank;
};

struct vgic_vm {
	struct lock lock;
	_Atomic uint32_t ctlr;        /* GICD_CTLR.EnableGrp0 and EnableGrp1 */
	_Atomic uint32_t outstanding; /* vCPUs with a sync that is not done: RWP */
	uint32_t ticket;              /* last one given out */
};

#endif
