/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU on its own pCPU: into its guest for the first time, or into waiting. */
#include "offsets.h"
#include "hw/eret.h"

	.text
/*
 * void guest_enter(uint64_t x0): the first instruction of a vCPU after its reset, with all general
 * registers zero but x0; ELR_EL2 and SPSR_EL2 are set. Drops whatever is on the stack.
 */
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

/*
 * void arch_vcpu_idle(struct vcpu *vcpu): waits with nothing on the stack, so that waiting again
 * from there does not add up.
 */
	.global	arch_vcpu_idle
arch_vcpu_idle:
	ldr	x1, [x0, #VCPU_CONFIG]
	ldr	x1, [x1, #CONFIG_STACK]
	mov	sp, x1
	mov	x29, xzr
	b	vcpu_wait
