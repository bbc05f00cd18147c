/* SPDX-License-Identifier: Apache-2.0 */
/* The writable stage-2 root of a VM with direct interrupts. */
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
	dsb_ishst(); /* for the table walks of all pCPUs; a TLB holds no invalid entry */
}

void arch_vm_halt(const struct vm_config *vm)
{
	if (!vm->arch.live_root)
		return;
	/*
	 * Whoever stops the VM has moved its life word on before. Pairs with the fence in
	 * stage2_resume() (trap/revoked.c): either the stop is seen there, or the root is cleared
	 * after it was restored there.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	stage2_revoke(vm->arch.run_ttbr, stage2_vttbr(vm), vm->arch.live_root,
		vm->arch.live_entries, vm->vcpus, vm->vcpu_count);
}
