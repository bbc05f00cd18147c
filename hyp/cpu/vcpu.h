/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU and its pCPU. A vCPU never leaves its pCPU, so one object stands for both. The requests by
 * which pCPUs ask each other for something, and the counts of exits.
 */
#ifndef PINION_VCPU_H
#define PINION_VCPU_H

#include <stdatomic.h>
#include <stdint.h>

#include "arch.h"
#include "config.h"
#include "cpu/deadline.h"

/* Why a vCPU left its guest, in the order in which reports print it. */
enum exit_reason {
	EXIT_HVC,
	EXIT_SMC,
	EXIT_FIRMWARE, /* HVC or SMC that EL2 passes on to the firmware */
	EXIT_SGI,      /* write of ICC_SGI0R_EL1, ICC_SGI1R_EL1 or ICC_ASGI1R_EL1 */
	EXIT_SYSREG,   /* any other trapped system register */
	EXIT_GICD,
	EXIT_GICR,
	EXIT_DEVICE, /* access to an emulated device */
	EXIT_ABORT,  /* access to an address where nothing is */
	EXIT_KICK,   /* kick: the SGI by which another pCPU asks for something */
	EXIT_TIMER,  /* interrupt of one of the guest's timers */
	EXIT_SPI,    /* interrupt of a passed-through device or of the PMU */
	EXIT_MAINTENANCE,
	EXIT_UART,     /* interrupt of the UART that the hypervisor uses */
	EXIT_WATCHDOG, /* EL2's timer, for the VM's watchdog */
	EXIT_OTHER,
	EXIT_REASONS
};

/* The bits of a vCPU's request word: what other pCPUs ask it to look at, and what serves each. */
enum {
	/* The state of its interrupts has changed: vgic_update(). */
	REQUEST_VGIC = 1u << 0,
	/* PSCI CPU_ON of this vCPU: psci_serve(). */
	REQUEST_POWER = 1u << 1,
	/* Its VM stops or starts: vm_serve(). */
	REQUEST_VM = 1u << 2,
	/* Text of its VM waits for the UART, or the monitor may go on: console_serve(). */
	REQUEST_CONSOLE = 1u << 3,
	/* Its VM's console has input or room, or the time of a device is up: devices_serve(). */
	REQUEST_DEVICES = 1u << 4,
	/* Those that a guest's access to its emulated console serves as well. */
	REQUESTS_BY_ACCESS = REQUEST_CONSOLE | REQUEST_DEVICES,
};

/* The part of a vCPU that every EL2 view maps. */
struct vcpu_shared {
	_Atomic uint64_t exits[EXIT_REASONS]; /* exits by reason; only this pCPU writes them */
	_Atomic uint32_t requests; /* REQUEST_*: any pCPU sets bits, this one takes them */
	/*
	 * The monitor's: the counts that `stats` showed last, and the system counter at that time.
	 */
	uint64_t shown[EXIT_REASONS];
	uint64_t shown_at;
};

/*
 * The part of a vCPU that only the EL2 views of its VM map. Only its own pCPU uses it, except parts
 * of `arch`.
 */
struct vcpu {
	struct arch_vcpu arch;
	const struct vcpu_config *config;
	const struct vm_config *vm;
	struct vcpu_shared *shared;
	uint64_t deadlines[DEADLINES]; /* inverted, so that 0 is TIMER_NEVER */
	uint32_t parked_in;            /* the number of the VM's life in which it parked last */
	/*
	 * The value of an emulated load that has to be extended. It is not on the stack, because a
	 * function with its address there would pay for a stack guard.
	 */
	uint64_t mmio_value;
};

/* Counts an exit of `vcpu`, on its own pCPU. */
static inline void vcpu_count_exit(struct vcpu *vcpu, uint32_t reason)
{
	_Atomic uint64_t *count = &vcpu->shared->exits[reason];

	/*
	 * Relaxed, and no read-modify-write: there is one writer, and nothing else depends on what
	 * readers see.
	 */
	atomic_store_explicit(
		count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* Counts the exit that was counted last under another reason, on the vCPU's own pCPU. */
static inline void vcpu_recount_exit(struct vcpu *vcpu, uint32_t before, uint32_t reason)
{
	_Atomic uint64_t *count = &vcpu->shared->exits[before];

	/* relaxed: as in vcpu_count_exit() */
	atomic_store_explicit(
		count, atomic_load_explicit(count, memory_order_relaxed) - 1, memory_order_relaxed);
	vcpu_count_exit(vcpu, reason);
}

/* The name of an enum exit_reason in reports and in the monitor. */
const char *exit_name(uint32_t reason);

/* How many exits for `reason` there were on `vcpu` since power-on. From any pCPU. */
static inline uint64_t exit_count(const struct vcpu_config *vcpu, uint32_t reason)
{
	return atomic_load_explicit(&vcpu->shared->exits[reason], memory_order_relaxed);
}

/*
 * Sets `bits` (REQUEST_*) in the request word of `target`, and kicks it unless a kick is under way
 * already. From any pCPU, also for a vCPU of another VM.
 */
void vcpu_request(const struct vcpu_config *target, uint32_t bits);

#endif
