/* SPDX-License-Identifier: Apache-2.0 */
/* Clears a VM's stage-2 root from another pCPU, which stops the VM's vCPUs. */
#include "offsets.h"

/*
 * void stage2_revoke(uint64_t view, uint64_t vttbr, uint64_t *root, uint64_t entries, const struct
 * vcpu_config *vcpus, uint64_t count)
 *
 * Borrows the VM's EL2 view, which maps the root and the redistributors, but not this pCPU's stack.
 * So it accesses no memory but the root, the constant `vcpus` and the redistributors.
 */
	.text
	.global stage2_revoke
stage2_revoke:
	mrs	x6, ttbr0_el2
	mrs	x7, vttbr_el2
	msr	ttbr0_el2, x0
	isb
	tlbi	alle2
	dsb	nsh
	isb
1:	str	xzr, [x2], #8
	subs	x3, x3, #1
	b.ne	1b
	/* The root first: a vCPU that finds its kick enabled and disables it again, as
	 * direct_cpu_on() does, has to walk the cleared root. */
	dsb	ishst
	mov	w8, #KICK_BIT
	ldr	x10, =PRIVATE_ENABLE
2:	ldr	x9, [x4, #CONFIG_GICR]
	str	w8, [x9, x10]
	add	x4, x4, #CONFIG_SIZE
	subs	x5, x5, #1
	b.ne	2b
	dsb	ishst
	/* This TLBI acts on the VMID in VTTBR_EL2. */
	msr	vttbr_el2, x1
	isb
	tlbi	vmalls12e1is
	dsb	ish
	/* An interrupt that EL1 masks ends WFI, but not WFE. */
	sev
	msr	vttbr_el2, x7
	msr	ttbr0_el2, x6
	isb
	tlbi	alle2
	dsb	nsh
	isb
	ret
