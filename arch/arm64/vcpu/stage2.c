/* SPDX-License-Identifier: Apache-2.0 */
#include "vcpu/stage2.h"

#include <stdatomic.h>

#include "arch.h"
#include "entry.h"
#include "hw/cpu_insn.h"

uint64_t stage2_vttbr(const struct vm_config *vm)
{
	if (!vm->arch.live_root)
		return vm->arch.vttbr;
	return (vm->arch.vttbr & ~VTTBR_ROOT) | (uint64_t)vm->arch.live_root;
}

void stage2_restore(const struct vm_config *vm)
{
	const uint64_t *from = stage2_constant_root(vm);

	for (uint32_t i = 0; i < vm->arch.live_entries; i++)
		vm->arch.live_root[i] = from[i];
	dsb_ishst(); /* for the walks of all pCPUs; entries that were invalid are in no TLB */
}

void arch_vm_halt(const struct vm_config *vm)
{
	if (!vm->arch.live_root)
		return;
	/*
	 * Its life has been moved on before: pairs with the fence in stage2_resume()
	 * (trap/revoked.c).
	 */
	atomic_thread_fence(memory_order_seq_cst);
	stage2_revoke(vm->arch.run_ttbr, stage2_vttbr(vm), vm->arch.live_root,
		vm->arch.live_entries, vm->vcpus, vm->vcpu_count);
}
