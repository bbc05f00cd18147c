/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the vCPUs of a VM do for its life: start it, stop it, park, and, once all have parked, reset
 * it and decide whether another life follows.
 */
#include "vm/vm.h"

#include <stddef.h>

#include "console/owner.h"
#include "cpu/vcpu.h"
#include "report/print.h"
#include "report/reports.h"
#include "vm/end_report.h"
#include "vm/lives.h"
#include "vm/quiesce.h"

/*
 * Resets everything of a VM except its vCPUs and RAM to the state after power-on. All its vCPUs are
 * parked. Returns false if a device could not be silenced and may still write to memory: the VM
 * then cannot live.
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

/* Decides whether another life follows a stop, and counts the restarts by `on_crash`. */
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

/* Ends a life, after the last vCPU has parked: nothing of the VM runs any more. */
static void vm_ended(const struct vm_config *vm)
{
	uint32_t life = vm_life(vm);
	enum vm_life state;
	enum vm_stop stop;
	bool again, silent = vm_scrub(vm) && !vm->one_life;

	/*
	 * Before vm_move(): after it, another pCPU may start the VM, and vm_start() lends the UART.
	 */
	console_regain(vm);
	/* Relaxed, as the store of last_stop below: the release in vm_move() covers both. */
	atomic_store_explicit(&vm->state->parked, 0, memory_order_relaxed);
	do { /* again, if an operator has asked for another end in between */
		stop = VM_LIFE_STOP(life);
		atomic_store_explicit(&vm->shared->last_stop, stop, memory_order_relaxed);
		again = silent && vm_goes_on(vm, stop);
		state = !silent                    ? VM_ABSENT
		        : again                    ? VM_STARTING
		        : vm_stop_is_failure(stop) ? VM_CRASHED
		                                   : VM_OFF;
	} while (!vm_move(vm, &life, VM_LIFE(state, VM_STOP_NONE, VM_LIFE_NUMBER(life) + again)));
	vm_report_end(vm, stop, again, silent);
	if (again)
		vm_begin(vm);
	else
		vm_gone();
}

/* Parks this vCPU for the stop of life `number`, and waits. Parks once per life. */
static _Noreturn void vcpu_park(struct vcpu *vcpu, uint32_t number)
{
	const struct vm_config *vm = vcpu->vm;

	if (vcpu->parked_in != number) {
		vcpu->parked_in = number;
		arch_vcpu_park(vcpu);
		/*
		 * Release: what this vCPU did is visible to the last one to park; acquire: the last
		 * one sees what all others did.
		 */
		if (atomic_fetch_add_explicit(&vm->state->parked, 1, memory_order_acq_rel) + 1 ==
			vm->vcpu_count)
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
		vcpu_park(vcpu, number); /* somebody asked it to stop before it ran */
	console_lend(vm);
	arch_vcpu_start(vcpu, vm->entry, vm->dtb);
}

void vm_stop(struct vcpu *vcpu, enum vm_stop stop)
{
	uint32_t life = vm_life(vcpu->vm);

	/* This vCPU has not parked, so `life` cannot be that of a later life. */
	if (VM_LIFE_STATE(life) == VM_RUNNING)
		vm_halt(vcpu->vm, &life, stop, vcpu);
	vcpu_park(vcpu, VM_LIFE_NUMBER(life));
}

void vm_serve(struct vcpu *vcpu)
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
