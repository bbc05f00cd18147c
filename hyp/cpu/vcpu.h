/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU, which is also its pCPU: the pair never changes, so one object serves both. */
#ifndef PINION_VCPU_H
#define PINION_VCPU_H

#include <stdatomic.h>
#include <stdint.h>

#include "arch.h"
#include "config.h"
#include "cpu/deadline.h"

/* Why a vCPU left its guest. The order is that of the report. */
enum exit_reason {
	EXIT_HVC,
	EXIT_SMC,
	EXIT_SGI,    /* write of an SGI generation register */
	EXIT_SYSREG, /* any other trapped system register */
	EXIT_GICD,
	EXIT_GICR,
	EXIT_DEVICE, /* emulated device */
	EXIT_ABORT,  /* address that nothing answers */
	EXIT_KICK,   /* physical SGI of another pCPU */
	EXIT_TIMER,
	EXIT_SPI, /* passed-through device, or PMU */
	EXIT_MAINTENANCE,
	EXIT_UART,     /* the hypervisor's own UART */
	EXIT_WATCHDOG, /* EL2's own timer */
	EXIT_OTHER,
	EXIT_REASONS
};

/* What a vCPU is asked to look at, by bits of its request word. */
enum {
	REQUEST_VGIC = 1u << 0,    /* interrupt state changed: vgic_update() */
	REQUEST_POWER = 1u << 1,   /* CPU_ON of this vCPU */
	REQUEST_VM = 1u << 2,      /* the VM stops or starts: vm_serve() */
	REQUEST_CONSOLE = 1u << 3, /* what this pCPU has to say waits, or the monitor for room:
	                              console_serve() */
	REQUEST_DEVICES = 1u << 4, /* input for the VM's console, room there, or a device's time is
	                           up: devices_serve() */
	/* What a guest sees to as well by an access to its console's device. */
	REQUESTS_BY_ACCESS = REQUEST_CONSOLE | REQUEST_DEVICES,
};

/* The part of a vCPU that every EL2 view maps. */
struct vcpu_shared {
	_Atomic uint64_t exits[EXIT_REASONS]; /* written by this pCPU alone */
	_Atomic uint32_t requests;            /* REQUEST_*: set by any pCPU, taken by this one */
	uint64_t shown[EXIT_REASONS];         /* of the monitor: the counts that it showed last, */
	uint64_t shown_at;                    /* and when */
};

struct vcpu {
	struct arch_vcpu arch;
	const struct vcpu_config *config;
	const struct vm_config *vm;
	struct vcpu_shared *shared;
	uint64_t deadlines[DEADLINES]; /* inverted, so that 0 is TIMER_NEVER */
	uint32_t parked_in;  /* number of the VM's life in which this vCPU parked last; of its own
	                        pCPU */
	uint64_t mmio_value; /* of a sign-extended load under way: not on the stack, which would
	                        want a guard */
};

/* Counts an exit of `vcpu`, on its own pCPU. */
static inline void vcpu_count_exit(struct vcpu *vcpu, uint32_t reason)
{
	_Atomic uint64_t *count = &vcpu->shared->exits[reason];

	/*
	 * relaxed, and no read-modify-write: there is one writer, and readers want no more than a
	 * figure
	 */
	atomic_store_explicit(
		count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* How people call an enum exit_reason, and how often it has happened on `vcpu`. From any pCPU. */
const char *exit_name(uint32_t reason);

static inline uint64_t exit_count(const struct vcpu_config *vcpu, uint32_t reason)
{
	return atomic_load_explicit(&vcpu->shared->exits[reason], memory_order_relaxed);
}

/* Sets `bits` in the request word of `target` and kicks it, unless a kick is under way already. */
void vcpu_request(const struct vcpu_config *target, uint32_t bits);

#endif
