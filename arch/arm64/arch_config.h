/* SPDX-License-Identifier: Apache-2.0 */
/* The Arm part of the generated tables; see hyp/config.h. */
#ifndef PINION_ARCH_CONFIG_H
#define PINION_ARCH_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct vgic_bank;
struct interrupt_mode;

struct arch_vcpu_config {
	uint64_t vmpidr; /* what the guest reads as MPIDR_EL1, bit 31 set */
	uint64_t mpidr;  /* affinity of the pCPU: MPIDR_EL1 and 0xff00ffffff */
	uint64_t kick;   /* ICC_SGI1R_EL1 value that sends SGI 0 to the pCPU, SGI 15 with `direct` */
	uint64_t gicr;   /* the pCPU's redistributor, RD_base frame */
	bool timer;      /* a device of the VM uses EL2's timer of this pCPU */
	bool direct;     /* its interrupts are not virtual */
};

/*
 * A VM's virtual GICv3. Arrays hold one element per 32 INTIDs: element 0 stands for SGIs and PPIs (the same for every
 * vCPU), element i for INTIDs 32*i..32*i+31. Where interrupts are virtual, an INTID is in at most one of the two masks,
 * and SGIs are in neither, every VM has them. Where they are direct, `hardware` holds all that the VM owns: SGIs 0 to
 * 14, PPIs, passed-through SPIs, and the spare SPIs that stand for its emulated devices, which are in `software` as
 * well.
 */
struct vgic_config {
	const uint32_t *hardware; /* passed through: virtual INTID = physical INTID, HW-linked list register */
	const uint32_t *software; /* raised by an emulated device; direct: a spare physical SPI, set pending by EL2 */
	struct vgic_bank *spis;   /* state of INTIDs 32..32*banks-1: banks - 1 elements */
	uint32_t banks;           /* INTIDs of the VM / 32; GICD_TYPER.ITLinesNumber = banks - 1; 1 to 31 */
};

struct arch_vm_config {
	uint64_t vttbr; /* VMID and stage-2 root */
	uint64_t vtcr;
	uint64_t loader_ttbr; /* EL2 view while this VM's images are copied */
	uint64_t run_ttbr;    /* EL2 view at any other time */
	struct vgic_config vgic;
	const struct interrupt_mode *interrupts; /* interrupts_virtual, interrupts_direct or interrupts_sole */
	/*
	 * Direct and sole: the stage-2 root that the MMU walks, a writable copy of the constant one that vttbr names.
	 * 512 entries for each concatenated table, aligned to its own size. NULL and 0 where interrupts are virtual.
	 */
	uint64_t *live_root;
	uint32_t root_entries;
	uint32_t doorbell; /* direct, not sole: INTID of its first emulated device with a work function; 0: none */
};

enum cpu_start { CPU_START_PSCI_SMC, CPU_START_ALL };

struct arch_system_config {
	uint64_t tcr;         /* TCR_EL2, PS included */
	uint64_t boot_ttbr;   /* EL2 view of the boot CPU until its own VM is loaded */
	uint64_t boot_mpidr;  /* affinity of the CPU that the firmware starts */
	uint64_t boot_stack;  /* top */
	uint64_t image_start; /* where the image is linked to run */
	uint64_t image_end;
	uint64_t gicd;
	uint32_t spi_count; /* SPIs of the physical distributor that the platform file counts on */
	uint32_t pa_bits;   /* physical address bits that the platform file promises (ID_AA64MMFR0_EL1.PARange) */
	enum cpu_start cpu_start;
	bool group0;             /* a VM in direct mode relies on GICD_CTLR.DS reading 1 */
	bool hcrx;               /* EL2 may write HCRX_EL2, where there is one */
	uint32_t maintenance;    /* PPI of the virtual CPU interface, by INTID */
	uint32_t timer;          /* PPI of EL2's physical timer, by INTID */
	uint32_t list_registers; /* at least; 1 to 16 */
};

#endif
