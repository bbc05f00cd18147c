/* SPDX-License-Identifier: Apache-2.0 */
/* Starts, parks and powers down a vCPU, and resets what the vCPUs of a VM share. */
#include "vcpu/life.h"

#include "arch.h"
#include "cpu/vcpu.h"
#include "entry.h"
#include "gic/interrupt_mode.h"
#include "hw/sysreg.h"
#include "vcpu/el1.h"
#include "vcpu/stage2.h"
#include "vgic/vgic.h"
#include "vm/vm.h"

void arch_vcpu_start(struct vcpu *vcpu, uint64_t entry, uint64_t context)
{
	write_sysreg(elr_el2, entry);
	write_sysreg(spsr_el2, SPSR_EL1H_MASKED);
	el1_forget();
	vcpu->vm->arch.interrupts->cpu_on(vcpu);
	guest_enter(context);
}

void arch_vm_reset(const struct vm_config *vm)
{
	vm->arch.interrupts->vm_reset(vm);
	stage2_restore(vm);
	/* relaxed: every vCPU is parked, and others read a power state only after vm_is_running(),
	 * whose acquire comes after these stores. */
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		atomic_store_explicit(&vm->vcpus[i].state->arch.power.state,
			i ? POWER_OFF : POWER_ON, memory_order_relaxed);
}

void vcpu_power_down(struct vcpu *vcpu)
{
	vcpu->vm->arch.interrupts->cpu_off(vcpu);
	el1_quiet();
}

void arch_vcpu_park(struct vcpu *vcpu)
{
	vcpu_power_down(vcpu);
	el1_scrub();
	deadline_set(vcpu, DEADLINE_WATCHDOG, TIMER_NEVER);
	vgic_cpu_reset(vcpu);
}

void vcpu_standby(struct vcpu *vcpu)
{
	vcpu->vm->arch.interrupts->cpu_wait(vcpu);
}
