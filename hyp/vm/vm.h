/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's life: starting -> running -> stopping -> off | crashed, and from there, or at once, starting again from its
 * pristine images. The first boot takes the same path. docs/lives.md tells who causes which step.
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
	uint32_t restarts;       /* by policy, since somebody started the VM; of the last vCPU to park */
	bool started;            /* it has begun a life: its RAM may be in the caches; of vCPU 0 */
};

/* What may be asked of any VM. */
enum vm_request {
	VM_REQUEST_STOP,    /* of a VM that is starting, running or stopping: it ends, whatever its policy says */
	VM_REQUEST_START,   /* of a VM that is off or has crashed */
	VM_REQUEST_RESTART, /* in any of these states */
};

/*
 * Asks for a step in the life of `vm`, on any pCPU; does not wait for it. False: the VM's state does not allow it, or
 * the machine is going off.
 */
bool vm_ask(const struct vm_config *vm, enum vm_request request);

/* Starts the VM on vCPU 0's pCPU, from VM_STARTING. */
_Noreturn void vm_start(struct vcpu *vcpu);

/*
 * Stops the whole VM: every vCPU leaves the guest and is parked; the last one to park carries `stop` out. Called on a
 * pCPU of that VM whose vCPU is not parked. When two of its vCPUs stop it at once, the first decides.
 */
_Noreturn void vm_stop(struct vcpu *vcpu, enum vm_stop stop);

/*
 * The same for whoever has more to do, as it returns: vCPUs park as soon as they are about to leave EL2. On a pCPU of
 * the VM that keeps this life from ending meanwhile, by a lock that a device's reset takes.
 */
void vm_end(const struct vm_config *vm, enum vm_stop stop);

/* Serves WORK_VM: parks a running vCPU of a VM that stops, starts the VM on vCPU 0 when it is to start. */
void vm_work(struct vcpu *vcpu);

/* True if the VM has RAM at `ipa`, and then in all of that page. Inline for the sake of CPU_ON. */
static inline bool vm_is_ram(const struct vm_config *vm, uint64_t ipa)
{
	for (const struct guest_ram *ram = vm->ram; ram < vm->ram + vm->ram_count; ram++)
		/* wraps below the piece, and is then past any size */
		if (ipa - ram->ipa < ram->size)
			return true;
	return false;
}

/* All VMs are about to start. Called once, by the boot CPU, before any does. */
void vm_expect_all(void);

/* `vm` has no life: a pCPU of it does not come up, and vCPU 0 was not started, or a device of it cannot be silenced
 * before the first one. Once; the machine goes off if no other VM is left. */
void vm_is_absent(const struct vm_config *vm);

#endif
