/* SPDX-License-Identifier: Apache-2.0 */
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
 * True for a translation fault that there is not with the constant root: it ended at the level of
 * the root, where that has an entry. QEMU gives the level of stage 1 when the guest's tables are
 * walked, which are in RAM if anywhere.
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
	 * Who stops a VM first moves its life on, then clears the root. If that was late and this
	 * is the next life, the root is put right; if it happens now, the root stays cleared.
	 */
	for (;;) {
		if (!vm_is_running(vm))
			vm_serve(vcpu);
		stage2_restore(vm);
		vm->arch.interrupts->vm_resume(vm);
		atomic_thread_fence(
			memory_order_seq_cst); /* pairs with the one in arch_vm_halt() */
		if (vm_is_running(vm))
			return true;
		arch_vm_halt(vm);
	}
}
