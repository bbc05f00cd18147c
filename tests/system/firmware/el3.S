/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware for tests: every CPU of QEMU's virt machine starts here in EL3 (-bios, secure=on). CPU 0
 * goes on to the image in non-secure EL2 with a device tree in x0. With START_ALL, so do the
 * others; else they wait in EL2 for the address of their entry in a word of their own, as a spin
 * table has it.
 *
 * Defined when it is built:
 * IMAGE, TREE   their addresses
 * START_ALL     see above
 * PSCI          there is a PSCI 0.1, with CPU_ON and CPU_OFF under these two numbers
 * CALLS         there are the functions of tests/guests/firmware.c
 *
 * Any other SMC is reported on the UART, and ends there.
 */
#define GICD		0x08000000
#define GICR		0x080a0000
#define UART		0x09000000
#define CPU_ON		0x95c1ba60
#define CPU_OFF		0x95c1ba5f
#define ECHO		0xc2000001
#define ALONE		0xc2000002
#define NARROW		0x82000010

/* Non-secure RAM that the platform files reserve: for CPU n, its word at 8 * n, and x0 for its
 * entry 0x100 above; from 0x200 on, the code that waits. */
#define RELEASE		0x4a000000

#define SCR_EL3_VALUE	0x30531		/* APK, API, RW, HCE, RES1, NS */
#define SPSR_EL2H	0x3c9
#define EC_SMC64	0x17

#define SECURE_RAM	0x0e000000

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
	ldr	x1, =SECURE_RAM + 0x1000
	add	x1, x1, x10, lsl #12
	mov	sp, x1
	ldr	x1, =GICR
	add	x1, x1, x10, lsl #17
	str	wzr, [x1, #0x14]
1:	ldr	w2, [x1, #0x14]
	tbnz	w2, #2, 1b
	add	x1, x1, #0x10000
	mov	w2, #-1
	str	w2, [x1, #0x80]
	str	wzr, [x1, #0xd00]

	ldr	x3, =IMAGE
	cbnz	x10, 3f

	/* CPU 0 does the same for the distributor, with both security states' affinity routing. */
	ldr	x1, =GICD
	mov	w4, #0x30
	str	w4, [x1]
	add	x4, x1, #0x84
	add	x5, x1, #0xa0
2:	str	w2, [x4], #4
	cmp	x4, x5
	b.ne	2b
	mov	w4, #0x32
	str	w4, [x1]
	b	enter

3:
#ifndef START_ALL
	bl	copy_wait
#endif

/* Goes on at x3 in EL2. */
enter:	msr	elr_el3, x3
	mov	x0, #SPSR_EL2H
	msr	spsr_el3, x0
	ldr	x0, =0x30c50830
	msr	sctlr_el2, x0
	ldr	x0, =TREE
	eret

/* Returns x3 = wait, as EL2 can reach it. Every CPU copies the same. */
copy_wait:
	ldr	x3, =RELEASE + 0x200
	adr	x1, wait
	mov	x2, #0
1:	ldr	x4, [x1, x2]
	str	x4, [x3, x2]
	add	x2, x2, #8
	cmp	x2, #wait_end - wait
	b.lo	1b
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	ret

	.balign	8
wait:	mrs	x1, mpidr_el1
	and	x1, x1, #0xff
	mov	x2, #RELEASE
	add	x2, x2, x1, lsl #3
1:	wfe
	ldr	x4, [x2]
	cbz	x4, 1b
	ldr	x0, [x2, #0x100]
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x4
	.balign	8
wait_end:

/* A call from EL2. It finds x1 to x3 as they were, but for the CPU that it switches off. */
call:	stp	x4, x5, [sp, #-16]!
	mrs	x4, esr_el3
	lsr	w4, w4, #26
	cmp	w4, #EC_SMC64
	b.ne	unknown
#ifdef PSCI
	ldr	w4, =CPU_ON
	cmp	w0, w4
	b.eq	cpu_on
	ldr	w4, =CPU_OFF
	cmp	w0, w4
	b.eq	cpu_off
#endif

#ifdef CALLS
	ldr	w4, =ECHO
	cmp	w0, w4
	b.eq	echo
	ldr	w4, =ALONE
	cmp	w0, w4
	b.eq	alone
	ldr	w4, =NARROW
	cmp	w0, w4
	b.eq	narrow
#endif

/* "SMC?" is on no console that is right. */
unknown:
	ldr	x4, =UART
	adr	x5, 3f
1:	ldrb	w0, [x5], #1
	cbz	w0, 2f
	str	w0, [x4]
	b	1b
2:	wfi
	b	2b
3:	.asciz	"SMC?\n"
	.balign	4

done:	ldp	x4, x5, [sp], #16
	eret

#ifdef PSCI
cpu_on:	mov	x0, #-2			/* INVALID_PARAMETERS */
	cmp	x1, #4
	b.hs	done
	mov	x4, #RELEASE
	add	x4, x4, x1, lsl #3
	str	x3, [x4, #0x100]
	dsb	sy
	str	x2, [x4]
	dsb	sy
	sev
	mov	x0, #0
	b	done

cpu_off:
	add	sp, sp, #16
	mrs	x4, mpidr_el1
	and	x4, x4, #0xff
	mov	x5, #RELEASE
	str	xzr, [x5, x4, lsl #3]
	bl	copy_wait
	b	enter
#endif

#ifdef CALLS
echo:	ldp	x4, x5, [sp], #16
	add	x0, x1, x2
	add	x0, x0, x3
	add	x0, x0, x4
	add	x0, x0, x5
	add	x0, x0, x6
	add	x0, x0, x7
	mvn	x1, x1
	orr	x3, x8, x9
	orr	x3, x3, x10
	orr	x3, x3, x11
	orr	x3, x3, x12
	orr	x3, x3, x13
	orr	x3, x3, x14
	orr	x3, x3, x15
	orr	x3, x3, x16
	orr	x3, x3, x17

/* As SMCCC 1.0 allows. */
spoil:	mov	x4, #0xbad
	mov	x5, x4
	mov	x6, x4
	mov	x7, x4
	mov	x8, x4
	mov	x9, x4
	mov	x10, x4
	mov	x11, x4
	mov	x12, x4
	mov	x13, x4
	mov	x14, x4
	mov	x15, x4
	mov	x16, x4
	mov	x17, x4
	eret

/* Leaves this CPU's number for a while, and looks whether it is still there. */
alone:	add	sp, sp, #16
	ldr	x4, =SECURE_RAM
	mrs	x5, mpidr_el1
	str	w5, [x4]
	ldr	x6, =100000
1:	yield
	subs	x6, x6, #1
	b.ne	1b
	ldr	w0, [x4]
	cmp	w0, w5
	cset	x0, eq
	b	spoil

narrow:	add	sp, sp, #16
	mov	x0, x1
	b	spoil
#endif

	.ltorg
	.balign	2048
vectors:
	.skip	0x400
	b	call
