/* SPDX-License-Identifier: Apache-2.0 */
/* The image header, and the entries from the firmware at EL2 with the MMU off: turns on the MMU and
 * the caches, and goes on in C. */
#include "offsets.h"
#include "hw/sysreg.h"

	.section .text.head, "ax"

/*
 * The header of an arm64 Linux Image (Linux, Documentation/arch/arm64/booting.rst). QEMU -kernel
 * and U-Boot booti load it `text_offset` bytes above the start of RAM and enter it with x0 = device
 * tree.
 */
	.global _start
_start:
	b	boot_entry
	.long	0
	.quad	text_offset
	.quad	image_size
	.quad	2			/* little-endian, 4 KiB pages, near the start of RAM */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

boot_entry:
	msr	daifset, #0xf
	msr	spsel, #1
	mov	x19, x0
	mrs	x1, CurrentEL
	cmp	x1, #CURRENT_EL2
	b.ne	halt			/* no message: EL1 need not have the UART */
	adr	x21, _start
	ldr	x22, link_address
	eor	x1, x21, x22
	tst	x1, #PAGE_SIZE - 1
	b.ne	halt			/* no message: C reaches its constants by adrp */

	adrp	x20, system_config
	add	x20, x20, :lo12:system_config
	ldr	w1, [x20, #SYSTEM_CPU_START]
	cmp	w1, #CPU_START_ALL
	b.ne	boot_cpu
	mrs	x1, mpidr_el1
	ldr	x2, =MPIDR_AFFINITY
	and	x1, x1, x2
	ldr	x2, [x20, #SYSTEM_BOOT_MPIDR]
	cmp	x1, x2
	b.ne	wait_for_release

boot_cpu:
	cmp	x21, x22
	b.ne	image_move
	msr	tpidr_el2, xzr
	ldr	x0, [x20, #SYSTEM_BOOT_STACK]
	mov	sp, x0
	ldr	x0, [x20, #SYSTEM_BOOT_TTBR]
	bl	mmu_enable
	mov	x0, x19
	mov	x29, xzr
	b	boot_main

halt:	wfi
	b	halt

	.balign	8
link_address:
	.quad	image_start

/* The entry of a pCPU that the boot CPU releases from its spin table. */
	.global released_entry
released_entry:
	msr	daifset, #0xf
	msr	spsel, #1
	mrs	x1, CurrentEL
	cmp	x1, #CURRENT_EL2
	b.ne	halt
	adrp	x20, system_config
	add	x20, x20, :lo12:system_config
	mrs	x19, mpidr_el1
	ldr	x2, =MPIDR_AFFINITY
	and	x19, x19, x2
	b	3f

/* CPUs that the firmware started together with the boot CPU wait until cpu_release is not 0. Their
 * caches are off. */
wait_for_release:
	mov	x19, x1
	adrp	x0, cpu_release
1:	ldr	w1, [x0, :lo12:cpu_release]	/* before each WFE: there is one event only */
	cbnz	w1, 3f
	wfe
	b	1b
3:	ldr	x0, [x20, #SYSTEM_VCPUS]
	ldr	w1, [x20, #SYSTEM_VCPU_COUNT]
2:	ldr	x2, [x0, #CONFIG_MPIDR]
	cmp	x2, x19
	b.eq	secondary_entry
	add	x0, x0, #CONFIG_SIZE
	subs	w1, w1, #1
	b.ne	2b
	b	halt			/* no VM uses this CPU */

/* The entry of a pCPU that PSCI CPU_ON starts; x0 = struct vcpu_config. */
	.global secondary_entry
secondary_entry:
	msr	daifset, #0xf
	msr	spsel, #1
	msr	tpidr_el2, xzr
	adrp	x20, system_config
	add	x20, x20, :lo12:system_config
	mov	x19, x0
	ldr	x0, [x19, #CONFIG_STACK]
	mov	sp, x0
	ldr	x0, [x19, #CONFIG_VM]
	ldr	x0, [x0, #VM_RUN_TTBR]
	bl	mmu_enable
	mov	x0, x19
	mov	x29, xzr
	b	cpu_main

/*
 * Turns on the MMU and the caches. x0 = TTBR0_EL2, x20 = system_config; clobbers x1. The TLBs and
 * the instruction cache of a CPU that comes out of reset may hold anything (DDI 0487 D8.13), so
 * both are invalidated first.
 */
mmu_enable:
	mov	x1, #HCR_RW		/* first: E2H changes the layout of the registers below */
	msr	hcr_el2, x1
	isb
	ldr	x1, =EL2_MAIR
	msr	mair_el2, x1
	ldr	x1, [x20, #SYSTEM_TCR]
	msr	tcr_el2, x1
	msr	ttbr0_el2, x0
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el2, x1
	tlbi	alle2
	tlbi	alle1
	ic	iallu
	dsb	nsh
	isb
	ldr	x1, =EL2_SCTLR
	msr	sctlr_el2, x1
	isb
	ret

	.ltorg

	.text
/* void cpu_enter(const struct vcpu_config *config): leaves the boot view and the boot stack for the
 * run view of the boot CPU's VM and the stack of its vCPU. */
	.global cpu_enter
cpu_enter:
	ldr	x1, [x0, #CONFIG_STACK]
	ldr	x2, [x0, #CONFIG_VM]
	ldr	x2, [x2, #VM_RUN_TTBR]
	mov	x19, x0
	mov	x0, x2
	mov	sp, x1
	bl	view_switch
	mov	x0, x19
	mov	x29, xzr
	b	cpu_main
