/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware for a test: QEMU's virt machine enters this instead of a kernel, in EL2. It gives the
 * 16550 in slot 1 of the PCI bus its registers, as a board's firmware would, and goes on to the
 * image at 0x40200000, with the device tree in x0.
 */
#define CONFIG_SPACE	0x4010008000	/* of bus 0, slot 1, function 0 */
#define IMAGE		0x40200000

	.text
	.global	_start
_start:
	ldr	x1, =CONFIG_SPACE
	mov	w2, #0x1000		/* BAR 0: 0x1000 into the I/O ports, 0x3eff1000 */
	str	w2, [x1, #0x10]
	mov	w2, #1			/* command register: I/O space */
	strh	w2, [x1, #4]
	dsb	sy
	ldr	x1, =IMAGE
	br	x1
