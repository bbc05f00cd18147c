/* SPDX-License-Identifier: Apache-2.0 */
/* Copies the image to where it was linked to run, if it was loaded elsewhere. */
#include "offsets.h"
#include "hw/sysreg.h"

/*
 * In the first page of the image, with head.S (gen/image/templates/layout.lds.j2). All of it is
 * position-independent. The MMU is off, so addresses are physical and stores go to memory.
 */
	.section .text.move, "ax"

/*
 * The boot CPU, from head.S: x19 = the device tree, x21 = where the image is, x22 = where it
 * belongs, a whole number of pages away. boot_misplaced() stops if the image cannot go there.
 *
 * The two places may overlap, but the page that runs is never overwritten. If the image goes up, it
 * is copied from its end, and its first page lies below the place where it goes. If it goes down,
 * its first page is copied first, to memory that is not the image's yet; that copy then runs and
 * copies the rest.
 */
	.global image_move
image_move:
	adrp	x0, system_config
	add	x0, x0, :lo12:system_config
	ldr	x0, [x0, #SYSTEM_BOOT_STACK]
	sub	x1, x22, x21
	sub	x0, x0, x1		/* the boot stack in the image as loaded */
	mov	sp, x0
	mov	x29, xzr
	mov	x0, x19
	bl	boot_misplaced

	/* Lines that the firmware left in the caches must not be written over the copy later. */
	ldr	x23, size
	mov	x0, x22
	mov	x1, x23
	bl	purge
	cmp	x22, x21
	b.lo	down

	add	x0, x22, x23
	add	x1, x21, x23
	mov	x2, x23
1:	ldp	x3, x4, [x1, #-16]!
	stp	x3, x4, [x0, #-16]!
	subs	x2, x2, #16
	b.ne	1b
	b	moved

down:	mov	x0, x22
	mov	x1, x21
	mov	x2, #PAGE_SIZE
	bl	copy_ascending
	mov	x0, x22
	mov	x1, #PAGE_SIZE
	bl	purge
	adr	x2, 2f
	sub	x2, x2, x21
	add	x2, x2, x22
	br	x2			/* the same instruction in the copy */
2:	add	x0, x22, #PAGE_SIZE
	add	x1, x21, #PAGE_SIZE
	sub	x2, x23, #PAGE_SIZE
	bl	copy_ascending

moved:	mov	x0, x22
	mov	x1, x23
	bl	purge
	mov	x0, x19
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x22			/* _start, as if the firmware had loaded the image there */

/* x0 = to, x1 = from, x2 = bytes, a multiple of 16 above 0. Clobbers x3 and x4. */
copy_ascending:
	ldp	x3, x4, [x1], #16
	stp	x3, x4, [x0], #16
	subs	x2, x2, #16
	b.ne	copy_ascending
	ret

/* Cleans and invalidates x1 bytes from x0 to the point of coherency, and forgets all that was
 * fetched as instructions. Clobbers x0 to x3. */
purge:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4		/* DminLine: words of a line, as a power of 2 */
	mov	x3, #4
	lsl	x2, x3, x2
	add	x1, x0, x1
1:	dc	civac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	ret

	.balign	8
size:
	.quad	image_size
