/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First instructions of a guest. The file starts with the arm64 Linux Image header, so that the
 * same flat binary is started by `-kernel` of plain QEMU and as `kernel:` or `binary:` of a
 * description; the ELF is linked at 0x40200000. It relocates itself to wherever it was put.
 */
#include "offsets.h"

	.section .text.head, "ax"
	.globl _start
_start:
	b	boot
	nop
	.quad	0		/* text_offset */
	/* the linker script puts image_size here */
	.section .text.head2, "a"
	.quad	0xa		/* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* Stores the registers as the CPU started at \cpu (struct cpu); x0 to x3 are in x20 to x23. */
.macro save_reset_state cpu
	stp	x20, x21, [\cpu, #CPU_RESET_X0]
	stp	x22, x23, [\cpu, #CPU_RESET_X2]
	mrs	x0, CurrentEL
	mrs	x1, DAIF
	stp	x0, x1, [\cpu, #CPU_RESET_CURRENTEL]
	mrs	x0, SPSel
	mrs	x1, SCTLR_EL1
	stp	x0, x1, [\cpu, #CPU_RESET_SPSEL]
	mrs	x0, CPACR_EL1
	mrs	x1, MDSCR_EL1
	stp	x0, x1, [\cpu, #CPU_RESET_CPACR]
	mrs	x0, CNTV_CTL_EL0
	mrs	x1, CNTP_CTL_EL0
	stp	x0, x1, [\cpu, #CPU_RESET_CNTV_CTL]
	mrs	x0, CNTKCTL_EL1
	mrs	x1, PMCR_EL0
	stp	x0, x1, [\cpu, #CPU_RESET_CNTKCTL]
.endm

	.text
boot:
	mov	x20, x0
	mov	x21, x1
	mov	x22, x2
	mov	x23, x3

	/* Relocations: R_AARCH64_RELATIVE alone. x4: distance from where the image was linked. */
	adr	x4, _start
	ldr	x5, =LINK_ADDRESS
	sub	x4, x4, x5
	adrp	x5, rela_start
	add	x5, x5, :lo12:rela_start
	adrp	x6, rela_end
	add	x6, x6, :lo12:rela_end
1:	cmp	x5, x6
	b.hs	2f
	ldp	x7, x8, [x5], #16
	ldr	x9, [x5], #8
	cmp	w8, #1027
	b.ne	1b
	add	x9, x9, x4
	str	x9, [x7, x4]
	b	1b

2:	adrp	x5, bss_start
	add	x5, x5, :lo12:bss_start
	adrp	x6, bss_end
	add	x6, x6, :lo12:bss_end
3:	cmp	x5, x6
	b.hs	4f
	stp	xzr, xzr, [x5], #16
	b	3b

4:	adrp	x19, cpus
	add	x19, x19, :lo12:cpus
	save_reset_state x19
	adrp	x0, stacks + STACK_SIZE
	add	x0, x0, :lo12:stacks + STACK_SIZE
	mov	sp, x0
	msr	tpidr_el1, x19
	bl	guest_boot
5:	wfi
	b	5b

/* Entry point of CPU_ON. x0: struct cpu. */
	.globl	secondary_start
secondary_start:
	mov	x20, x0
	mov	x21, x1
	mov	x22, x2
	mov	x23, x3
	mov	x19, x0
	save_reset_state x19
	ldr	x0, [x19, #CPU_STACK]
	mov	sp, x0
	msr	tpidr_el1, x19
	bl	guest_secondary
6:	wfi
	b	6b
