/* SPDX-License-Identifier: Apache-2.0 */
/* Changes EL2's address space. */
	.text

/* void view_switch(uint64_t ttbr): EL2 has no ASIDs, so a change of view invalidates all of EL2's
 * TLB entries. No memory is accessed between the two. */
	.global view_switch
view_switch:
	msr	ttbr0_el2, x0
	isb
	tlbi	alle2
	dsb	nsh
	isb
	ret
