/* SPDX-License-Identifier: Apache-2.0 */
/* Enters a guest after its reset, or the loop in which a vCPU that is off waits. */
#include "offsets.h"
#include "hw/eret.h"

	.text
/* void guest_enter(uint64_t x0): to the first instruction of a vCPU after its reset, at ELR_EL2
 * with PSTATE from SPSR_EL2. All general registers but x0 are zero, and EL2's stack is empty. */
	.global	guest_enter
guest_enter:
	mrs	x1, tpidr_el2
	ldr	x1, [x1, #VCPU_CONFIG]
	ldr	x1, [x1, #CONFIG_STACK]
	mov	sp, x1
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, xzr
	.endr
	EXCEPTION_RETURN

/* void arch_vcpu_idle(struct vcpu *vcpu): empties the stack first, so that a vCPU that waits,
 * starts and waits again does not use it up. */
	.global	arch_vcpu_idle
arch_vcpu_idle:
	ldr	x1, [x0, #VCPU_CONFIG]
	ldr	x1, [x1, #CONFIG_STACK]
	mov	sp, x1
	mov	x29, xzr
	b	vcpu_wait
