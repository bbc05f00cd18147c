/* SPDX-License-Identifier: Apache-2.0 */
#include "vm.h"

#include "console.h"
#include "sections.h"
#include "vcpu.h"

/* VMs that have not ended for good; the machine goes off with the last. */
static _Atomic uint32_t vms_running SHARED;

void vm_count_running(uint32_t count)
{
	atomic_store_explicit(&vms_running, count, memory_order_relaxed);
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

static enum vm_life vm_life(const struct vm_config *vm)
{
	/* acquire pairs with the releases below: what the VM's other vCPUs left behind is visible */
	return atomic_load_explicit(&vm->shared->life, memory_order_acquire);
}

static void vm_set_life(const struct vm_config *vm, enum vm_life life)
{
	atomic_store_explicit(&vm->shared->life, life, memory_order_release);
}

void vm_start(struct vcpu *vcpu)
{
	const struct vm_config *vm = vcpu->vm;

	arch_vm_load(vm);
	for (uint32_t i = 0; i < vm->mmio_count; i++)
		if (vm->mmio[i].reset)
			vm->mmio[i].reset(vm->mmio[i].device);
	arch_vm_reset(vm);
	atomic_store_explicit(&vm->state->parked, 0, memory_order_relaxed);
	vm->shared->starts++;
	vm_set_life(vm, VM_RUNNING);
	arch_vcpu_start_first(vcpu, vm->entry, vm->dtb);
}

/* The last vCPU has parked: nothing of the VM runs any more. */
static void vm_ended(struct vcpu *vcpu)
{
	static const char *const how[] = {
		[VM_STOP_OFF] = "off",
		[VM_STOP_RESET] = "restarts",
		[VM_STOP_CRASH] = "crashed",
	};
	const struct vm_config *vm = vcpu->vm;

	print("%s: %s\n", vm->name, how[vm->state->stop]);
	vcpu_report_exits(vm);
	if (vm->state->stop == VM_STOP_RESET) {
		vm_set_life(vm, VM_STARTING);
		vcpu_ask(&vm->vcpus[0], WORK_VM);
		return;
	}
	vm_set_life(vm, vm->state->stop == VM_STOP_CRASH ? VM_CRASHED : VM_OFF);
	/* release, acquire: the last one sees that the others' output is out */
	if (atomic_fetch_sub_explicit(&vms_running, 1, memory_order_acq_rel) == 1)
		arch_machine_off();
}

static uint64_t vcpu_bit(const struct vcpu *vcpu)
{
	return 1ull << vcpu->config->index;
}

/* Leaves the guest for this stop: once, as the VM may be in its next life right after. */
static _Noreturn void vcpu_park(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm->state;
	uint64_t all = UINT64_MAX >> (64 - vcpu->vm->vcpu_count);
	uint64_t self = vcpu_bit(vcpu);
	uint64_t before;

	arch_vcpu_park(vcpu);
	/* release: what this vCPU did is done; acquire: the last one sees all of it */
	before = atomic_fetch_or_explicit(&vm->parked, self, memory_order_acq_rel);
	if ((before | self) == all)
		vm_ended(vcpu);
	arch_vcpu_idle(vcpu);
}

void vm_stop(struct vcpu *vcpu, enum vm_stop stop)
{
	const struct vm_config *vm = vcpu->vm;
	uint32_t life = VM_RUNNING;

	if (atomic_compare_exchange_strong_explicit(
		    &vm->shared->life, &life, VM_STOPPING, memory_order_acq_rel, memory_order_relaxed)) {
		vm->state->stop = stop;
		for (uint32_t i = 0; i < vm->vcpu_count; i++)
			if (i != vcpu->config->index)
				vcpu_ask(&vm->vcpus[i], WORK_VM);
	}
	vcpu_park(vcpu);
}

void vm_work(struct vcpu *vcpu)
{
	/*
	 * In this order. Only this vCPU sets its bit, and without it no stop comes to its end: if it is clear, VM_STOPPING
	 * is a stop that this vCPU has still to take part in. acquire: the life is looked at afterwards.
	 */
	uint64_t parked = atomic_load_explicit(&vcpu->vm->state->parked, memory_order_acquire) & vcpu_bit(vcpu);

	switch (vm_life(vcpu->vm)) {
	case VM_STOPPING:
		if (!parked)
			vcpu_park(vcpu);
		break;
	case VM_STARTING:
		if (vcpu->config->index == 0)
			vm_start(vcpu);
		break;
	default:
		break;
	}
}
