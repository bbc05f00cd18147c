/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's life: starting -> running -> stopping -> off | crashed, and from there, or at once,
 * starting again from its pristine images. The first boot takes the same path. docs/lives.md tells
 * who causes which step.
 */
#ifndef PINION_VM_H
#define PINION_VM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "vm/vm_shared.h"

struct vcpu;

/* vm_config.restart_limit: no limit. */
#define VM_RESTARTS_UNLIMITED UINT32_MAX

/* The part of a VM that only its own EL2 views map. */
struct vm {
	struct arch_vm arch;
	_Atomic uint32_t parked; /* vCPUs that have left their guest for this stop */
	uint32_t restarts; /* by policy, since somebody started the VM; of the last vCPU to park */
	bool started;      /* it has begun a life: its RAM may be in the caches; of vCPU 0 */
};

/* Starts the VM on vCPU 0's pCPU, from VM_STARTING. */
_Noreturn void vm_start(struct vcpu *vcpu);

/*
 * Stops the whole VM: every vCPU leaves the guest and is parked; the last one to park carries
 * `stop` out. Called on a pCPU of that VM whose vCPU is not parked. When two of its vCPUs stop it
 * at once, the first decides.
 */
_Noreturn void vm_stop(struct vcpu *vcpu, enum vm_stop stop);

/*
 * Serves REQUEST_VM: parks a running vCPU of a VM that stops, starts the VM on vCPU 0 when it is to
 * start.
 */
void vm_serve(struct vcpu *vcpu);

#endif
