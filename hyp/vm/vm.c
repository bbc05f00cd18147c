/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vm.h"

#include <stddef.h>

#include "console/owner.h"
#include "cpu/vcpu.h"
#include "report/print.h"
#include "report/reports.h"
#include "sections.h"
#include "vm/end_report.h"
#include "vm/quiesce.h"

/* VMs that have not ended for good; the machine goes off with the last. */
static _Atomic uint32_t vms_running SHARED;

void vm_expect_all(void)
{
	atomic_store_explicit(&vms_running, system_config.vm_count, memory_order_relaxed);
	for (uint32_t i = 0; i < system_config.vm_count; i++)
		atomic_store_explicit(&system_config.vms[i].shared->life, VM_LIFE(VM_STARTING, VM_STOP_NONE, 1),
			memory_order_relaxed);
}

static void vm_gone(void)
{
	/* release, acquire: the last one sees that the others' output is out */
	if (atomic_fetch_sub_explicit(&vms_running, 1, memory_order_acq_rel) == 1)
		arch_machine_off();
}

void vm_is_absent(const struct vm_config *vm)
{
	/* relaxed: nothing is to be seen after it */
	atomic_store_explicit(&vm->shared->life, VM_LIFE(VM_ABSENT, VM_STOP_NONE, 0), memory_order_relaxed);
	vm_gone();
}

static uint32_t vm_life(const struct vm_config *vm)
{
	/* acquire pairs with the release of vm_move(): what the VM's other vCPUs left behind is visible */
	return atomic_load_explicit(&vm->shared->life, memory_order_acquire);
}

/* The only way from one state to the next. False: somebody else was faster; `life` is what there is now. */
static bool vm_move(const struct vm_config *vm, uint32_t *life, uint32_t next)
{
	return atomic_compare_exchange_strong_explicit(
		&vm->shared->life, life, next, memory_order_acq_rel, memory_order_acquire);
}

/* The VM has moved to VM_STARTING for another life. */
static void vm_begin(const struct vm_config *vm)
{
	/* relaxed: one writer at a time, as lives follow each other, and readers want no more than a figure */
	atomic_fetch_add_explicit(&vm->shared->restarts, 1, memory_order_relaxed);
	vcpu_ask(&vm->vcpus[0], WORK_VM);
}

/*
 * Everything of a VM but its vCPUs and its RAM, as after power-on. All its vCPUs are parked. False if a device that was
 * to be silenced may still write to memory: the VM cannot live.
 */
static bool vm_scrub(const struct vm_config *vm)
{
	bool silent = vm_quiesce(vm);

	for (uint32_t i = 0; i < vm->mmio_count; i++)
		if (vm->mmio[i].reset)
			vm->mmio[i].reset(vm->mmio[i].device);
	arch_vm_reset(vm);
	return silent;
}

/* True if another life follows a stop. */
static bool vm_goes_on(const struct vm_config *vm, enum vm_stop stop)
{
	struct vm *state = vm->state;

	if (stop == VM_STOP_RESET)
		return true;
	if (vm_stop_is_failure(stop) && state->restarts < vm->restart_limit) {
		state->restarts += vm->restart_limit != VM_RESTARTS_UNLIMITED;
		return true;
	}
	state->restarts = 0;
	return stop == VM_STOP_RESTART;
}

/* The last vCPU has parked: nothing of the VM runs any more. */
static void vm_ended(const struct vm_config *vm)
{
	uint32_t life = vm_life(vm);
	enum vm_life state;
	enum vm_stop stop;
	bool again, silent = vm_scrub(vm) && !vm->one_life;

	console_regain(vm); /* while nobody can start it: vm_start() lends the UART again */
	/* relaxed, as the next: vm_move() publishes both */
	atomic_store_explicit(&vm->state->parked, 0, memory_order_relaxed);
	do { /* anew, if somebody has asked for another end in between */
		stop = VM_LIFE_STOP(life);
		atomic_store_explicit(&vm->shared->last_stop, stop, memory_order_relaxed);
		again = silent && vm_goes_on(vm, stop);
		state = !silent ? VM_ABSENT : again ? VM_STARTING : vm_stop_is_failure(stop) ? VM_CRASHED : VM_OFF;
	} while (!vm_move(vm, &life, VM_LIFE(state, VM_STOP_NONE, VM_LIFE_NUMBER(life) + again)));
	vm_report_end(vm, stop, again, silent);
	if (again)
		vm_begin(vm);
	else
		vm_gone();
}

/* Leaves the guest for the stop of life `number`: once per life, however often it is asked to. */
static _Noreturn void vcpu_park(struct vcpu *vcpu, uint32_t number)
{
	const struct vm_config *vm = vcpu->vm;

	if (vcpu->parked_in != number) {
		vcpu->parked_in = number;
		arch_vcpu_park(vcpu);
		/* release: what this vCPU did is done; acquire: the last one sees all of it */
		if (atomic_fetch_add_explicit(&vm->state->parked, 1, memory_order_acq_rel) + 1 == vm->vcpu_count)
			vm_ended(vm);
	}
	arch_vcpu_idle(vcpu);
}

void vm_start(struct vcpu *vcpu)
{
	const struct vm_config *vm = vcpu->vm;
	uint32_t life = vm_life(vm), number = VM_LIFE_NUMBER(life);

	if (VM_LIFE_STATE(life) == VM_ABSENT)
		arch_vcpu_idle(vcpu);
	if (!vm->state->started && !vm_scrub(vm)) {
		report_begin();
		print("%s: not started, as nothing silences a device of it\n", vm->name);
		report_end();
		vm_is_absent(vm);
		arch_vcpu_idle(vcpu);
	}
	arch_vm_load(vm, !vm->state->started);
	vm->state->started = true;
	life = VM_LIFE(VM_STARTING, VM_STOP_NONE, number);
	if (!vm_move(vm, &life, VM_LIFE(VM_RUNNING, VM_STOP_NONE, number)))
		vcpu_park(vcpu, number); /* it was asked to stop before it ran */
	console_lend(vm);
	arch_vcpu_start(vcpu, vm->entry, vm->dtb);
}

/* From the state that `life` says to VM_STOPPING: asks every vCPU to park, but `self`, which does it anyway. */
static bool vm_halt(const struct vm_config *vm, uint32_t *life, enum vm_stop stop, const struct vcpu *self)
{
	if (!vm_move(vm, life, VM_LIFE(VM_STOPPING, stop, VM_LIFE_NUMBER(*life))))
		return false;
	arch_vm_halt(vm);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		if (vm->vcpus[i].state != self)
			vcpu_ask(&vm->vcpus[i], WORK_VM);
	return true;
}

void vm_stop(struct vcpu *vcpu, enum vm_stop stop)
{
	uint32_t life = vm_life(vcpu->vm);

	/* This vCPU runs, so this life does not end before it has parked. */
	if (VM_LIFE_STATE(life) == VM_RUNNING)
		vm_halt(vcpu->vm, &life, stop, vcpu);
	vcpu_park(vcpu, VM_LIFE_NUMBER(life));
}

void vm_end(const struct vm_config *vm, enum vm_stop stop)
{
	uint32_t life = vm_life(vm);

	if (VM_LIFE_STATE(life) == VM_RUNNING)
		vm_halt(vm, &life, stop, NULL);
}

/* From off or crashed, as `life` says, to starting. */
static bool vm_revive(const struct vm_config *vm, uint32_t life)
{
	uint32_t running = atomic_load_explicit(&vms_running, memory_order_relaxed);

	/* Counted before it lives, so that the machine does not go off under it. relaxed: it is a number alone */
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

void vm_work(struct vcpu *vcpu)
{
	uint32_t life = vm_life(vcpu->vm);

	switch (VM_LIFE_STATE(life)) {
	case VM_STOPPING:
		vcpu_park(vcpu, VM_LIFE_NUMBER(life));
	case VM_STARTING:
		if (vcpu->config->index == 0)
			vm_start(vcpu);
		break;
	default:
		break;
	}
}
