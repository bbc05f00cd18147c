/* SPDX-License-Identifier: Apache-2.0 */
#include "vcpu/stage2.h"

#include <stdatomic.h>

#include "arch.h"
#include "cpu/vcpu.h"
#include "entry.h"
#include "gic/interrupt_mode.h"
#include "hw/cpu_insn.h"
#include "hw/esr.h"
#include "vm/vm.h"

#define VTTBR_ROOT      U(0xfffffffffffe) /* BADDR, without CnP */
#define VTCR_SL0_SHIFT  6
#define VTCR_SL0_LEVEL1 1

#define ROOT_SHIFT(level) (39 - 9 * (level))

static const uint64_t *constant_root(const struct vm_config *vm)
{
	return (const uint64_t *)(vm->arch.vttbr & VTTBR_ROOT);
}

uint64_t stage2_vttbr(const struct vm_config *vm)
{
	if (!vm->arch.live_root)
		return vm->arch.vttbr;
	return (vm->arch.vttbr & ~VTTBR_ROOT) | (uint64_t)vm->arch.live_root;
}

void stage2_restore(const struct vm_config *vm)
{
	const uint64_t *from = constant_root(vm);

	for (uint32_t i = 0; i < vm->arch.live_entries; i++)
		vm->arch.live_root[i] = from[i];
	dsb_ishst(); /* for the walks of all pCPUs; entries that were invalid are in no TLB */
}

void arch_vm_halt(const struct vm_config *vm)
{
	if (!vm->arch.live_root)
		return;
	/* Its life has been moved on before: pairs with the fence in stage2_resume(). */
	atomic_thread_fence(memory_order_seq_cst);
	stage2_revoke(vm->arch.run_ttbr, stage2_vttbr(vm), vm->arch.live_root, vm->arch.live_entries, vm->vcpus,
		vm->vcpu_count);
}

/*
 * True for a translation fault that there is not with the constant root: it ended at the level of the root, where that
 * has an entry. QEMU gives the level of stage 1 when the guest's tables are walked, which are in RAM if anywhere.
 */
static bool is_of_root(const struct vm_config *vm, uint64_t esr)
{
	unsigned level = (vm->arch.vtcr >> VTCR_SL0_SHIFT & 3) == VTCR_SL0_LEVEL1 ? 1 : 0;
	uint64_t ipa = abort_ipa(), entry = ipa >> ROOT_SHIFT(level);

	if ((esr & ISS_FSC_TYPE) != FSC_TRANSLATION || entry >= vm->arch.live_entries || !constant_root(vm)[entry])
		return false;
	return esr & ISS_S1PTW ? vm_is_ram(vm, ipa) : (esr & ISS_FSC_LEVEL) == level;
}

bool stage2_resume(struct vcpu *vcpu, uint64_t esr)
{
	const struct vm_config *vm = vcpu->vm;

	if (!is_of_root(vm, esr))
		return false;
	/*
	 * Who stops a VM first moves its life on, then clears the root. If that was late and this is the next life,
	 * the root is put right; if it happens now, the root stays cleared.
	 */
	for (;;) {
		if (!vm_is_running(vm))
			vm_work(vcpu);
		stage2_restore(vm);
		vm->arch.interrupts->vm_resume(vm);
		atomic_thread_fence(memory_order_seq_cst);
		if (vm_is_running(vm))
			return true;
		arch_vm_halt(vm);
	}
}
