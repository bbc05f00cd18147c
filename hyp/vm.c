/* SPDX-License-Identifier: Apache-2.0 */
#include "vm.h"

#include "console.h"
#include "sections.h"
#include "vcpu.h"

/* VMs that have not ended for good; the machine goes off with the last. */
static _Atomic uint32_t vms_running SHARED;

void vm_expect_all(void)
{
	atomic_store_explicit(&vms_running, system_config.vm_count, memory_order_relaxed);
	for (uint32_t i = 0; i < system_config.vm_count; i++)
		atomic_store_explicit(
			&system_config.vms[i].shared->life, VM_LIFE(VM_STARTING, 1), memory_order_relaxed);
}

bool vm_is_ram(const struct vm_config *vm, uint64_t ipa, uint64_t size)
{
	for (uint32_t i = 0; i < vm->ram_count; i++) {
		const struct guest_ram *ram = &vm->ram[i];

		if (ipa >= ram->ipa && size <= ram->size && ipa - ram->ipa <= ram->size - size)
			return true;
	}
	return false;
}

/* The life word of a VM: state and number of the life. */
static uint32_t vm_life(const struct vm_config *vm)
{
	/* acquire pairs with the releases below: what the VM's other vCPUs left behind is visible */
	return atomic_load_explicit(&vm->shared->life, memory_order_acquire);
}

static void vm_set_life(const struct vm_config *vm, enum vm_life state, uint32_t number)
{
	atomic_store_explicit(&vm->shared->life, VM_LIFE(state, number), memory_order_release);
}

void vm_start(struct vcpu *vcpu)
{
	const struct vm_config *vm = vcpu->vm;
	uint32_t number = VM_LIFE_NUMBER(vm_life(vm));

	arch_vm_load(vm, number == 1);
	for (uint32_t i = 0; i < vm->mmio_count; i++)
		if (vm->mmio[i].reset)
			vm->mmio[i].reset(vm->mmio[i].device);
	arch_vm_reset(vm);
	atomic_store_explicit(&vm->state->parked, 0, memory_order_relaxed);
	vm_set_life(vm, VM_RUNNING, number);
	arch_vcpu_start_first(vcpu, vm->entry, vm->dtb);
}

/* The last vCPU has parked: nothing of the VM runs any more. */
static void vm_ended(const struct vm_config *vm, uint32_t number)
{
	static const char *const how[] = {
		[VM_STOP_OFF] = "off",
		[VM_STOP_RESET] = "restarts",
		[VM_STOP_CRASH] = "crashed",
	};

	report_begin();
	print("%s: %s\n", vm->name, how[vm->state->stop]);
	if (vm->state->stop != VM_STOP_RESET)
		vcpu_report_exits(vm);
	report_end();
	if (vm->state->stop == VM_STOP_RESET) {
		vm_set_life(vm, VM_STARTING, number + 1);
		vcpu_ask(&vm->vcpus[0], WORK_VM);
		return;
	}
	vm_set_life(vm, vm->state->stop == VM_STOP_CRASH ? VM_CRASHED : VM_OFF, number);
	vm_gone();
}

void vm_gone(void)
{
	/* release, acquire: the last one sees that the others' output is out */
	if (atomic_fetch_sub_explicit(&vms_running, 1, memory_order_acq_rel) == 1)
		arch_machine_off();
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
			vm_ended(vm, number);
	}
	arch_vcpu_idle(vcpu);
}

void vm_stop(struct vcpu *vcpu, enum vm_stop stop)
{
	const struct vm_config *vm = vcpu->vm;
	/* This vCPU runs, so this life does not end before it has parked. */
	uint32_t number = VM_LIFE_NUMBER(vm_life(vm));
	uint32_t running = VM_LIFE(VM_RUNNING, number);

	if (atomic_compare_exchange_strong_explicit(&vm->shared->life, &running, VM_LIFE(VM_STOPPING, number),
		    memory_order_acq_rel, memory_order_relaxed)) {
		vm->state->stop = stop;
		for (uint32_t i = 0; i < vm->vcpu_count; i++)
			if (i != vcpu->config->index)
				vcpu_ask(&vm->vcpus[i], WORK_VM);
	}
	vcpu_park(vcpu, number);
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
