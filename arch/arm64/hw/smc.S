/* SPDX-License-Identifier: Apache-2.0 */
/* A call of a guest, passed on to the firmware. */
	.text
/* void smc_forward(uint64_t x[SMC_ARGUMENTS]) */
	.global	smc_forward
smc_forward:
	stp	x19, x30, [sp, #-16]!
	mov	x19, x0			/* the firmware preserves it (DEN0028, section 2.6) */
	ldp	x0, x1, [x19]
	ldp	x2, x3, [x19, #16]
	ldp	x4, x5, [x19, #32]
	ldp	x6, x7, [x19, #48]
	mov	x8, xzr
	mov	x9, xzr
	mov	x10, xzr
	mov	x11, xzr
	mov	x12, xzr
	mov	x13, xzr
	mov	x14, xzr
	mov	x15, xzr
	mov	x16, xzr
	mov	x17, xzr
	smc	#0
	stp	x0, x1, [x19]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	ldp	x19, x30, [sp], #16
	ret
