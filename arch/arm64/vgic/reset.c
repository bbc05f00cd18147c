/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a VM's virtual GIC, and what it owns of the physical GIC, into the state after power-on. */
#include "ich.h"
#include "physical.h"
#include "route.h"
#include "vgic/bank.h"
#include "vgic/physical_filter.h"
#include "vgic/vgic.h"

/* Resets bank `b`, of `any` if it is private. Its interrupts are disabled in hardware already. */
static void reset_bank(const struct vm_config *vm, struct vcpu *any, uint32_t b)
{
	struct vgic_bank *bank = vgic_bank(any, b);
	const struct vcpu_config *first = &vm->vcpus[0];
	uint32_t hardware = vgic_hardware(vm, b);
	uint32_t line = bank->line & vm->arch.vgic.emulated[b];
	uint32_t edge = b ? 0 : VGIC_SGIS;

	*bank = (struct vgic_bank){
		.enabled = b ? 0 : SGIS_ENABLED_AT_RESET,
		.line = line, /* a device's line keeps its level */
	};
	vgic_physical_write(any, b, GIC_ICPENDR, hardware);
	vgic_physical_write(any, b, GIC_ICACTIVER, hardware);
	edge |= vgic_physical_trigger(any, b, hardware, 0);
	if (b) {
		for (uint32_t i = 0; i < 32; i++) {
			vgic_store(bank->route[i], route_at_reset(vm));
			vgic_physical_route(vm, 32 * b + i, first);
		}
	}
	vgic_store(bank->edge, edge);
	bank->routed = b == 0 || route_is_set_at_reset(vm) ? UINT32_MAX : 0;
}

void vgic_vm_reset(const struct vm_config *vm)
{
	struct vgic_vm *vgic = vgic_vm(vm);

	lock_acquire(&vgic->lock);
	vgic_store(vgic->ctlr, 0);
	vgic_store(vgic->outstanding, 0);
	vgic->ticket = 0;
	/*
	 * All are disabled before any is cleared, or a parked pCPU could still take one that was
	 * cleared here. Private ones, too: the pCPU of a parked vCPU has still carried out what
	 * other vCPUs wrote to its frame.
	 */
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		vm->vcpus[i].state->vm = vm; /* its pCPU may not have come up yet */
		vm->vcpus[i].state->config = &vm->vcpus[i];
		vgic_physical_write(vm->vcpus[i].state, 0, GIC_ICENABLER, vgic_hardware(vm, 0));
	}
	for (uint32_t b = 1; b < vm->arch.vgic.banks; b++)
		vgic_physical_write(vm->vcpus[0].state, b, GIC_ICENABLER, vgic_hardware(vm, b));
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		vgic_physical_settle(vm->vcpus[i].state);
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *vcpu = vm->vcpus[i].state;
		struct vgic_cpu *cpu = &vcpu->arch.vgic;

		vgic_store(cpu->queued, 0);
		vgic_store(cpu->sync, 0);
		cpu->published = 0;
		cpu->own = (struct vgic_own)VGIC_OWN_AT_RESET;
		reset_bank(vm, vcpu, 0);
	}
	for (uint32_t b = 1; b < vm->arch.vgic.banks; b++)
		reset_bank(vm, vm->vcpus[0].state, b);
	lock_release(&vgic->lock);
}

/* Routes the SPIs of the VM that go to this pCPU there. */
static void route_here(struct vcpu *vcpu)
{
	const struct vm_config *vm = vcpu->vm;
	struct vgic_vm *vgic = vgic_vm(vm);

	lock_acquire(&vgic->lock);
	for (uint32_t intid = 32; intid < 32 * vm->arch.vgic.banks; intid++) {
		uint32_t route = vgic_load(vgic_bank(vcpu, intid >> 5)->route[intid & 31]);

		if (route_leads(route, route_to(vcpu->config)))
			vgic_physical_route(vm, intid, vcpu->config);
	}
	lock_release(&vgic->lock);
}

void vgic_cpu_reset(struct vcpu *vcpu)
{
	uint32_t hardware = vgic_hardware(vcpu->vm, 0);

	vgic_physical_write(vcpu, 0, GIC_ICENABLER, hardware);
	vgic_physical_write(vcpu, 0, GIC_ICPENDR, hardware);
	vgic_physical_write(vcpu, 0, GIC_ICACTIVER, hardware);
	vgic_physical_trigger(vcpu, 0, hardware, 0);
	if (PHYSICAL_ROUTES_WAIT)
		route_here(vcpu);
}

void vgic_interface_reset(void)
{
	unsigned bits = ICH_VTR_PREBITS(ich_vtr());
	uint64_t bpr0 = 7 - bits;

	ich_set_hcr(0);
	ich_clear_active_priorities(bits);
	ich_set_vmcr(
		ICH_VMCR_RESET | bpr0 << ICH_VMCR_VBPR0_SHIFT | (bpr0 + 1) << ICH_VMCR_VBPR1_SHIFT);
	icc_enable_guest();
}
