/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware for a test: every CPU of QEMU's virt machine starts here in EL3 (-bios, secure=on) and
 * goes on to the image at 0x40200000 in non-secure EL2, all at once, with the device tree in x0.
 * There is no PSCI; whoever tries stops here.
 */
#define GICD		0x08000000
#define GICR		0x080a0000
#define RAM		0x40000000
#define IMAGE		0x40200000

#define SCR_EL3_VALUE	0x30531		/* APK, API, RW, HCE, RES1, NS */
#define SPSR_EL2H	0x3c9

	.text
	.global	_start
_start:
	ldr	x0, =SCR_EL3_VALUE
	msr	scr_el3, x0
	msr	cptr_el3, xzr
	mov	x0, #0xf
	msr	S3_6_C12_C12_5, x0	/* ICC_SRE_EL3 */
	isb
	mov	x0, #3
	msr	S3_6_C12_C12_7, x0	/* ICC_IGRPEN1_EL3 */
	adr	x0, vectors
	msr	vbar_el3, x0

	/* This CPU's redistributor: awake, all of its interrupts in non-secure Group 1. */
	mrs	x10, mpidr_el1
	and	x10, x10, #0xff
	ldr	x1, =GICR
	add	x1, x1, x10, lsl #17
	str	wzr, [x1, #0x14]
1:	ldr	w2, [x1, #0x14]
	tbnz	w2, #2, 1b
	add	x1, x1, #0x10000
	mov	w2, #-1
	str	w2, [x1, #0x80]
	str	wzr, [x1, #0xd00]

	/* CPU 0 does the same for the distributor, with both security states' affinity routing. */
	cbnz	x10, 3f
	ldr	x1, =GICD
	mov	w3, #0x30
	str	w3, [x1]
	add	x3, x1, #0x84
	add	x4, x1, #0xa0
2:	str	w2, [x3], #4
	cmp	x3, x4
	b.ne	2b
	mov	w3, #0x32
	str	w3, [x1]

3:	ldr	x0, =IMAGE
	msr	elr_el3, x0
	mov	x0, #SPSR_EL2H
	msr	spsr_el3, x0
	ldr	x0, =0x30c50830
	msr	sctlr_el2, x0
	ldr	x0, =RAM
	eret

	.balign	2048
vectors:
	.skip	0x400
	b	.
