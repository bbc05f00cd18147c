/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GICv3 of a VM (Arm IHI 0069, one security state): distributor and redistributors are emulated, the CPU
 * interface is the hardware's.
 *
 * An interrupt that is pending and can be delivered sits in a list register of the vCPU that it is routed to, and that
 * vCPU holds it until the list register is empty. All other state is in the banks. Only a vCPU's own pCPU touches its
 * list registers; others mark what they want looked at (`todo`, `recall`) and kick it. All of this is under the lock of
 * the VM, but for what makes the two frequent interrupts cheap: an SGI is a bit set atomically in its target's bank,
 * and a private hardware interrupt concerns nothing but its own pCPU.
 */
#ifndef PINION_VGIC_H
#define PINION_VGIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"

struct vcpu;
struct vm_config;

/* Private fields from here to the functions; generated tables and struct vcpu need their size. */

/*
 * 32 INTIDs: SGIs and PPIs of a vCPU, or 32 SPIs. Atomics are also read without the VM's lock, and `pending` of SGIs is
 * set without it; everything is written with it.
 */
struct vgic_bank {
	_Atomic uint32_t enabled;
	_Atomic uint32_t group; /* 1: Group 1 */
	_Atomic uint32_t edge;
	_Atomic uint32_t pending; /* latch: edges, SGIs, ISPENDR; in no list register */
	uint32_t line;            /* software: level of the input. hardware: acknowledged, waits for a list register */
	uint32_t latched;         /* (direct.h: lines of emulated devices) the latch went into the list register, or was
	                             consumed by the acknowledge */
	uint32_t active;          /* active, and in no list register */
	uint32_t evicted;       /* of the active: had to leave its holder's list register; the guest's EOI is counted */
	uint32_t routed;        /* IROUTER names a vCPU of the VM */
	uint32_t shown_pending; /* pending and active states in list registers, as of when their holder was last */
	uint32_t shown_active;  /* asked to show them */
	uint32_t want_pending;  /* asked of the holder by accesses of other vCPUs: hardware ISPENDR, ICPENDR, */
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
	uint32_t
		ready; /* private INTIDs that are enabled and whose group is enabled in GICD_CTLR; 0: the vCPU is off */
	uint32_t direct;   /* of those: hardware interrupts that may go straight to a list register */
	uint32_t soft;     /* of those: the ones that are no hardware interrupts */
	uint32_t lrs;      /* mask of list registers; 0 while the vCPU is off */
	uint32_t evicted;  /* how many interrupts are active here and in no list register for want of one */
	uint32_t ticket;   /* what retry_at waits for */
	uint64_t retry_at; /* guest_position() of an access to be executed again; 0: none */
	uint64_t hcr;      /* ICH_HCR_EL2 */
	/* written under the VM's lock */
	_Atomic uint32_t todo;   /* bit b: bank b may hold something for this vCPU that is in no list register */
	_Atomic uint32_t recall; /* bit b: what of bank b is held here has to be looked at anew, and shown */
	uint32_t shown;          /* ticket up to which everything asked for was shown */
	_Atomic uint32_t waker;  /* GICR_WAKER.ProcessorSleep */
	struct vgic_bank bank;
};

struct vgic_vm {
	struct lock lock;
	_Atomic uint32_t ctlr;        /* GICD_CTLR.EnableGrp0 and EnableGrp1 */
	_Atomic uint32_t outstanding; /* vCPUs with a recall that is not done: RWP */
	uint32_t ticket;              /* last one given out */
};

enum vgic_sgi { VGIC_SGI1R, VGIC_SGI0R, VGIC_ASGI1R };

/* The state after power-on of the VM's distributor and redistributors; its shared hardware interrupts are silenced and
 * routed to vCPU 0. All its vCPUs are parked. */
void vgic_vm_reset(const struct vm_config *vm);

/* Silences the private hardware interrupts of this pCPU; on that vCPU's pCPU, after vgic_cpu_off(). */
void vgic_cpu_reset(struct vcpu *vcpu);

/* Interrupts are delivered from here on. The vCPU is off. */
void vgic_cpu_on(struct vcpu *vcpu);

/* Empties the list registers; what was pending stays so in the distributor. The virtual CPU interface is as out of
 * reset then. Called before the vCPU goes on for the first time as well; may be called twice. */
void vgic_cpu_off(struct vcpu *vcpu);

/* True if no interrupt waits for this vCPU, enabled by the guest's CPU interface or not. */
bool vgic_cpu_is_quiet(const struct vcpu *vcpu);

/* Physical interrupt `intid`, which the VM owns, was acknowledged and its priority dropped on this pCPU. */
void vgic_hardware_interrupt(struct vcpu *vcpu, uint32_t intid);

/* The virtual CPU interface asks for attention. Level-sensitive: nothing has to be acknowledged. */
void vgic_maintenance(struct vcpu *vcpu);

/* Serves WORK_VGIC; also on a vCPU that is off. */
void vgic_update(struct vcpu *vcpu);

/* The line of an emulated device. */
void vgic_set_line(const struct vm_config *vm, uint32_t intid, bool level);

/* A write of an SGI generation register. */
void vgic_send_sgi(struct vcpu *vcpu, enum vgic_sgi kind, uint64_t value);

/* A trapped write of ICC_DIR_EL1. */
void vgic_deactivate(struct vcpu *vcpu, uint32_t intid);

#endif
