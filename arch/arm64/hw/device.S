/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One access to a register of a passed-through device, for its VM (hyp/arch.h). A device may answer
 * with an error, which is an external abort in EL2. If one is taken from an instruction between
 * device_access and device_access_end, panic_exception() (trap/panic.c) goes on at
 * device_access_failed.
 */
	.text

/* x0 = address, w1 = size. An error of the device is an exception, too. It overwrites the guest's
 * syndrome registers, and x18, which still has the guest's value: they are kept here. */
	.macro	prepare
	mrs	x4, elr_el2
	mrs	x5, spsr_el2
	mrs	x6, far_el2
	mrs	x7, esr_el2
	mov	x8, x18
	cmp	w1, #4
	b.hi	8f
	b.eq	4f
	tbz	w1, #0, 2f
	.endm

	.global	device_access, device_access_end, device_access_failed
device_access:

/* bool arch_device_read(uint64_t pa, unsigned size, uint64_t *value) */
	.global	arch_device_read
arch_device_read:
	prepare
	ldrb	w3, [x0]
	b	1f
2:	ldrh	w3, [x0]
	b	1f
4:	ldr	w3, [x0]
	b	1f
8:	ldr	x3, [x0]
1:	str	x3, [x2]
	mov	w0, #1
	ret

/* bool arch_device_write(uint64_t pa, unsigned size, uint64_t value). The DSB waits until the
 * device has the value, or an error is known. */
	.global	arch_device_write
arch_device_write:
	prepare
	strb	w2, [x0]
	b	1f
2:	strh	w2, [x0]
	b	1f
4:	str	w2, [x0]
	b	1f
8:	str	x2, [x0]
1:	dsb	sy
	mov	w0, #1
	ret
device_access_end:

/* The device answered with an error: restores what `prepare` kept, and returns false. */
device_access_failed:
	msr	elr_el2, x4
	msr	spsr_el2, x5
	msr	far_el2, x6
	msr	esr_el2, x7
	mov	x18, x8
	mov	w0, wzr
	ret
