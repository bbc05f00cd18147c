/* SPDX-License-Identifier: Apache-2.0 */
/* The state of each VM's life, and every step from one state to the next. */
#include "vm/lives.h"

#include <stddef.h>

#include "cpu/vcpu.h"
#include "sections.h"

/* The number of VMs that are not absent, off or crashed. At 0 the machine goes off. */
static _Atomic uint32_t vms_running SHARED;

void vm_expect_all(void)
{
	atomic_store_explicit(&vms_running, system_config.vm_count, memory_order_relaxed);
	for (uint32_t i = 0; i < system_config.vm_count; i++)
		atomic_store_explicit(&system_config.vms[i].shared->life,
			VM_LIFE(VM_STARTING, VM_STOP_NONE, 1), memory_order_relaxed);
}

void vm_gone(void)
{
	/*
	 * Release and acquire: the pCPU that gets to 0 sees all output of the VMs that ended
	 * before, and waits for it in arch_machine_end().
	 */
	if (atomic_fetch_sub_explicit(&vms_running, 1, memory_order_acq_rel) == 1)
		arch_machine_end(MACHINE_OFF);
}

void vm_is_absent(const struct vm_config *vm)
{
	/* Relaxed: whoever reads this looks at nothing that was written before. */
	atomic_store_explicit(
		&vm->shared->life, VM_LIFE(VM_ABSENT, VM_STOP_NONE, 0), memory_order_relaxed);
	vm_gone();
}

uint32_t vm_life(const struct vm_config *vm)
{
	/*
	 * Acquire pairs with the release in vm_move(): what the VM's other vCPUs did before their
	 * step is visible.
	 */
	return atomic_load_explicit(&vm->shared->life, memory_order_acquire);
}

bool vm_move(const struct vm_config *vm, uint32_t *life, uint32_t next)
{
	return atomic_compare_exchange_strong_explicit(
		&vm->shared->life, life, next, memory_order_acq_rel, memory_order_acquire);
}

void vm_begin(const struct vm_config *vm)
{
	/* Relaxed: one pCPU at a time writes it, and nothing depends on what readers see. */
	atomic_fetch_add_explicit(&vm->shared->restarts, 1, memory_order_relaxed);
	vcpu_request(&vm->vcpus[0], REQUEST_VM);
}

bool vm_halt(const struct vm_config *vm, uint32_t *life, enum vm_stop stop, const struct vcpu *self)
{
	if (!vm_move(vm, life, VM_LIFE(VM_STOPPING, stop, VM_LIFE_NUMBER(*life))))
		return false;
	arch_vm_halt(vm);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		if (vm->vcpus[i].state != self)
			vcpu_request(&vm->vcpus[i], REQUEST_VM);
	return true;
}

void vm_end(const struct vm_config *vm, enum vm_stop stop)
{
	uint32_t life = vm_life(vm);

	if (VM_LIFE_STATE(life) == VM_RUNNING)
		vm_halt(vm, &life, stop, NULL);
}

/*
 * Moves a VM that is off or has crashed, as `life` says, on to starting. Returns false if another
 * pCPU was faster, or if the machine is going off.
 */
static bool vm_revive(const struct vm_config *vm, uint32_t life)
{
	uint32_t running = atomic_load_explicit(&vms_running, memory_order_relaxed);

	/*
	 * Counts the VM before it lives, so that the machine does not go off meanwhile. Relaxed:
	 * only the number itself matters.
	 */
	do
		if (running == 0)
			return false;
	while (!atomic_compare_exchange_weak_explicit(
		&vms_running, &running, running + 1, memory_order_relaxed, memory_order_relaxed));
	if (vm_move(vm, &life, VM_LIFE(VM_STARTING, VM_STOP_NONE, VM_LIFE_NUMBER(life) + 1))) {
		vm_begin(vm);
		return true;
	}
	vm_gone();
	return false;
}

bool vm_ask(const struct vm_config *vm, enum vm_request request)
{
	enum vm_stop stop = request == VM_REQUEST_STOP ? VM_STOP_REQUEST : VM_STOP_RESTART;
	uint32_t life = vm_life(vm);

	for (;;) {
		switch (VM_LIFE_STATE(life)) {
		case VM_STARTING:
		case VM_RUNNING:
		case VM_STOPPING:
			if (request == VM_REQUEST_START)
				return false;
			if (vm_halt(vm, &life, stop, NULL))
				return true;
			break;
		case VM_OFF:
		case VM_CRASHED:
			return request != VM_REQUEST_STOP && vm_revive(vm, life);
		default:
			return false;
		}
	}
}
