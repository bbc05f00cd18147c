/* SPDX-License-Identifier: Apache-2.0 */
/* Stops the vCPUs of a sole owner. It has all interrupts, so no kick brings them to EL2. */
#include "arch.h"
#include "entry.h"
#include "hw/cpu_insn.h"

void stage2_revoke(uint64_t view, uint64_t vttbr, uint64_t *root, uint64_t entries,
	const struct vcpu_config *vcpus, uint64_t count)
{
	/* The caller is a pCPU of the VM, as there is no other: it is in this view, with this
	 * VMID. */
	(void)view;
	(void)vttbr;
	for (uint64_t i = 0; i < entries; i++)
		root[i] = 0;
	__asm__ volatile("dsb ishst\n\ttlbi vmalls12e1is\n\tdsb ish" : : : "memory");
	/* Those that sleep wake up, and abort: out of WFI by an interrupt, out of WFE by an
	 * event. */
	for (uint64_t i = 0; i < count; i++)
		arch_kick(&vcpus[i]);
	cpu_send_event();
}
