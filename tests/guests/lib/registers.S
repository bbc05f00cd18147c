/* SPDX-License-Identifier: Apache-2.0 */
/*
 * int64_t call_keeping_registers(call_function *call, uint64_t id, uint32_t *changed) HVC (or SMC
 * if `call` is smc_call) with a known value in each of x1 to x30; *changed gets bit n for each xn
 * that came back different.
 */
	.text
	.globl	call_keeping_registers
call_keeping_registers:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x2, [sp, #96]
	adrp	x3, smc_call
	add	x3, x3, :lo12:smc_call
	cmp	x0, x3
	mov	x0, x1
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	movz	x\n, #0x5a00 + \n
	movk	x\n, #0xa500 + \n, lsl #48
	.endr
	b.eq	1f
	hvc	#0
	b	2f
1:	smc	#0
2:	stp	x0, x1, [sp, #-16]!
	mov	x0, #0
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	movz	x1, #0x5a00 + \n
	movk	x1, #0xa500 + \n, lsl #48
	cmp	x1, x\n
	cset	w1, ne
	orr	w0, w0, w1, lsl #\n
	.endr
	ldr	x2, [sp, #8]
	movz	x1, #0x5a01
	movk	x1, #0xa501, lsl #48
	cmp	x1, x2
	cset	w1, ne
	orr	w0, w0, w1, lsl #1
	mov	w3, w0
	ldp	x0, x1, [sp], #16
	ldr	x2, [sp, #96]
	str	w3, [x2]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret
