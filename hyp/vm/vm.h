/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's life: starting -> running -> stopping -> off or crashed. From there, or at once, the VM
 * starts again from its original images. The first boot takes the same path. docs/lives.md says
 * what causes each step.
 */
#ifndef PINION_VM_H
#define PINION_VM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "vm/vm_shared.h"

struct vcpu;

/* The value of vm_config.restart_limit for no limit. */
#define VM_RESTARTS_UNLIMITED UINT32_MAX

/* The part of a VM that only its own EL2 views map. */
struct vm {
	struct arch_vm arch;
	_Atomic uint32_t parked; /* the number of vCPUs that have parked for this stop */
	/* Restarts by `on_crash` since somebody last started the VM. For the last vCPU to park. */
	uint32_t restarts;
	/* The VM has begun a life, so lines of its RAM may be in the caches. For vCPU 0. */
	bool started;
};

/* Loads the VM, which is in VM_STARTING, and enters its guest. On the pCPU of vCPU 0. */
_Noreturn void vm_start(struct vcpu *vcpu);

/*
 * Stops the whole VM: every vCPU leaves its guest and parks, and the last one to park does what
 * follows `stop`. On the pCPU of `vcpu`, which is not parked. If two vCPUs stop their VM at the
 * same time, the first one's `stop` counts.
 */
_Noreturn void vm_stop(struct vcpu *vcpu, enum vm_stop stop);

/*
 * Serves REQUEST_VM: parks `vcpu` if its VM stops, and starts the VM if it is to start and `vcpu`
 * is vCPU 0. Returns if there is nothing to do.
 */
void vm_serve(struct vcpu *vcpu);

#endif
