/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's stage-2 aborts after another pCPU has cleared its stage-2 root: the vCPU parks, or the
 * root is restored and the guest goes on. */
#include "trap/revoked.h"

#include <stdatomic.h>

#include "arch.h"
#include "gic/interrupt_mode.h"
#include "hw/esr.h"
#include "vcpu/stage2.h"
#include "vm/guest_ram.h"
#include "vm/vm.h"

#define VTCR_SL0_SHIFT  6
#define VTCR_SL0_LEVEL1 1

#define ROOT_SHIFT(level) (39 - 9 * (level))

/*
 * True for a translation fault that the constant root would not cause: the walk ended at the level
 * of the root, in an entry that the constant root has. If stage 2 faulted on a walk of the guest's
 * own tables, QEMU reports the level of stage 1; in that case the guest has its tables in RAM if
 * anywhere.
 */
static bool is_of_root(const struct vm_config *vm, uint64_t esr)
{
	unsigned level = (vm->arch.vtcr >> VTCR_SL0_SHIFT & 3) == VTCR_SL0_LEVEL1 ? 1 : 0;
	uint64_t ipa = abort_ipa(), entry = ipa >> ROOT_SHIFT(level);

	if ((esr & ISS_FSC_TYPE) != FSC_TRANSLATION || entry >= vm->arch.live_entries ||
		!stage2_constant_root(vm)[entry])
		return false;
	return esr & ISS_S1PTW ? guest_ram_region(vm, ipa) != NULL : (esr & ISS_FSC_LEVEL) == level;
}

bool stage2_resume(struct vcpu *vcpu, uint64_t esr)
{
	const struct vm_config *vm = vcpu->vm;

	if (!is_of_root(vm, esr))
		return false;
	/*
	 * Whoever stops a VM moves its life word on first, and clears the root afterwards. It may
	 * be so late that the VM is already in its next life, whose root is then restored here. If
	 * the VM is stopped while this runs, the root has to be cleared again.
	 */
	for (;;) {
		if (!vm_is_running(vm))
			vm_serve(vcpu);
		stage2_restore(vm);
		vm->arch.interrupts->vm_resume(vm);
		/* Pairs with the fence in arch_vm_halt(): either the stop is seen here, or the root
		 * is cleared after it was restored here. */
		atomic_thread_fence(memory_order_seq_cst);
		if (vm_is_running(vm))
			return true;
		arch_vm_halt(vm);
	}
}
