/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's exception vectors: from the guest to C and back, and from EL2 itself to a panic. What they
 * save is struct guest_frame (frame.h); what they call is in entry.h. */
#include "offsets.h"
#include "stack.h"
#include "hw/eret.h"
#include "hw/esr.h"

	/* The part of struct guest_frame that C functions may change. */
	.macro	save_clobbered
	stp	x0, x1, [sp, #-FRAME_SIZE]!
	stp	x2, x3, [sp, #16 * 1]
	stp	x4, x5, [sp, #16 * 2]
	stp	x6, x7, [sp, #16 * 3]
	stp	x8, x9, [sp, #16 * 4]
	stp	x10, x11, [sp, #16 * 5]
	stp	x12, x13, [sp, #16 * 6]
	stp	x14, x15, [sp, #16 * 7]
	stp	x16, x17, [sp, #16 * 8]
	stp	x30, xzr, [sp, #16 * 15]
	.endm

	/* The other part of struct guest_frame. */
	.macro	save_preserved
	stp	x18, x19, [sp, #16 * 9]
	stp	x20, x21, [sp, #16 * 10]
	stp	x22, x23, [sp, #16 * 11]
	stp	x24, x25, [sp, #16 * 12]
	stp	x26, x27, [sp, #16 * 13]
	stp	x28, x29, [sp, #16 * 14]
	.endm

	.macro	restore_clobbered
	ldr	x30, [sp, #16 * 15]
	ldp	x2, x3, [sp, #16 * 1]
	ldp	x4, x5, [sp, #16 * 2]
	ldp	x6, x7, [sp, #16 * 3]
	ldp	x8, x9, [sp, #16 * 4]
	ldp	x10, x11, [sp, #16 * 5]
	ldp	x12, x13, [sp, #16 * 6]
	ldp	x14, x15, [sp, #16 * 7]
	ldp	x16, x17, [sp, #16 * 8]
	ldp	x0, x1, [sp], #FRAME_SIZE
	.endm

	.macro	restore_preserved
	ldp	x18, x19, [sp, #16 * 9]
	ldp	x20, x21, [sp, #16 * 10]
	ldp	x22, x23, [sp, #16 * 11]
	ldp	x24, x25, [sp, #16 * 12]
	ldp	x26, x27, [sp, #16 * 13]
	ldp	x28, x29, [sp, #16 * 14]
	.endm

	.macro	vector handler
	.balign	128
	b	\handler
	.endm

	.macro	guest_sync
	.balign	128
	save_clobbered
	mrs	x1, esr_el2
	lsr	w3, w1, #ESR_EC_SHIFT
	mrs	x0, tpidr_el2
	mov	x2, sp
	cmp	w3, #EC_HVC64
	b.ne	guest_sync_other
	bl	hvc_handle
	str	x0, [sp]
	restore_clobbered
	EXCEPTION_RETURN
	.endm

	.macro	guest_irq
	.balign	128
	save_clobbered
	mrs	x0, tpidr_el2
	bl	irq_handle
	restore_clobbered
	EXCEPTION_RETURN
	.endm

/*
 * An exception in EL2 itself. SP may point into a guard page, so nothing may be stored through it.
 * The registers go to this pCPU's emergency stack, or to the top of the boot stack if there is no
 * vCPU yet. x18 is lost: EL2 does not use it.
 */
	.macro	panic_vector kind
	.balign	128
	mrs	x18, tpidr_el2
	cbz	x18, 1f
	ldr	x18, [x18, #VCPU_CONFIG]
	ldr	x18, [x18, #CONFIG_STACK]
	sub	x18, x18, #STACK_SIZE
	sub	x18, x18, #STACK_GUARD
	b	2f
1:	adrp	x18, system_config
	add	x18, x18, :lo12:system_config
	ldr	x18, [x18, #SYSTEM_BOOT_STACK]
2:	sub	x18, x18, #PANIC_FRAME_SIZE
	stp	x0, x1, [x18]
	mov	w1, #\kind
	b	panic_entry
	.endm

	.text
	.balign	2048
	.global	vectors
vectors:
	/* From EL2: on SP_EL0, which it never uses, and on SP_EL2. */
	panic_vector 0
	panic_vector 1
	panic_vector 2
	panic_vector 3
	panic_vector 0
	panic_vector 1
	panic_vector 2
	panic_vector 3
	/* From the guest in AArch64. */
	guest_sync
	guest_irq
	.balign	128
guest_fiq:
	save_clobbered
	mrs	x0, tpidr_el2
	bl	fiq_handle
	b	guest_return
	.balign	128
guest_serror:
	save_clobbered
	save_preserved
	mov	x0, sp
	bl	serror_handle
	b	guest_return_full
	/* From the guest's AArch32 applications. */
	guest_sync
	guest_irq
	vector	guest_fiq
	vector	guest_serror
	.balign	128

guest_return_full:
	restore_preserved
guest_return:
	restore_clobbered
	EXCEPTION_RETURN

/* Arguments of all handlers: x0 = vCPU, x1 = ESR_EL2, x2 = frame. w3 = exception class. */
guest_sync_other:
	cmp	w3, #EC_DABT_LOWER
	b.eq	guest_data_abort
	cmp	w3, #EC_SYSREG
	b.eq	guest_sysreg
	cmp	w3, #EC_SMC64
	b.eq	guest_smc
	save_preserved
	bl	sync_handle
	b	guest_return_full

/* Branches to `label` if the general register that the instruction names, at bit `field` of
 * ESR_EL2, is one of x18 to x29. All others are in the frame already. */
	.macro	if_preserved field, label
	ubfx	w3, w1, #\field, #5
	sub	w3, w3, #18
	cmp	w3, #29 - 18
	b.ls	\label
	.endm

guest_data_abort:
	tbz	w1, #ISS_ISV_BIT, guest_data_abort_bare
	if_preserved ISS_SRT_SHIFT, guest_data_abort_full
	bl	data_abort
	cbz	w0, guest_return
	bl	data_abort_undo
	b	guest_return

guest_data_abort_full:
	save_preserved
	bl	data_abort
	cbz	w0, guest_return_full
	bl	data_abort_undo
	b	guest_return_full

guest_data_abort_bare:
	save_preserved
	bl	data_abort_without_syndrome
	b	guest_return_full

guest_sysreg:
	if_preserved ISS_RT_SHIFT, guest_sysreg_full
	bl	sysreg_trap
	b	guest_return

guest_sysreg_full:
	save_preserved
	bl	sysreg_trap
	b	guest_return_full

guest_smc:
	bl	smc_handle
	str	x0, [sp]
	b	guest_return

panic_entry:
	stp	x2, x3, [x18, #16 * 1]
	stp	x4, x5, [x18, #16 * 2]
	stp	x6, x7, [x18, #16 * 3]
	stp	x8, x9, [x18, #16 * 4]
	stp	x10, x11, [x18, #16 * 5]
	stp	x12, x13, [x18, #16 * 6]
	stp	x14, x15, [x18, #16 * 7]
	stp	x16, x17, [x18, #16 * 8]
	str	xzr, [x18, #16 * 9]
	str	x19, [x18, #16 * 9 + 8]
	stp	x20, x21, [x18, #16 * 10]
	stp	x22, x23, [x18, #16 * 11]
	stp	x24, x25, [x18, #16 * 12]
	stp	x26, x27, [x18, #16 * 13]
	stp	x28, x29, [x18, #16 * 14]
	mov	x0, sp
	stp	x30, x0, [x18, #16 * 15]
	mov	x0, x18
	mov	sp, x18
	bl	panic_exception
	/* panic_exception() returns only after an error of a passed-through device, to
	 * device_access_failed in device.S. That needs x4 to x8 and x30. */
	ldp	x4, x5, [sp, #16 * 2]
	ldp	x6, x7, [sp, #16 * 3]
	ldr	x8, [sp, #16 * 4]
	ldp	x30, x0, [sp, #16 * 15]
	mov	sp, x0
	EXCEPTION_RETURN
