/* SPDX-License-Identifier: Apache-2.0 */
/* The Arm part of the generated tables: the fields that hyp/config.h embeds in its structures. All
 * of them are constant. Addresses are physical. */
#ifndef PINION_ARCH_CONFIG_H
#define PINION_ARCH_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct interrupt_mode;
struct vgic_bank;

/* A bit of arch_vcpu_config.kick that ICC_SGI1R_EL1 does not have. It marks a vCPU with direct
 * interrupts, which takes more than one register write to kick (gicv3/gic.c). */
#define KICK_DIRECT (1ull << 63)

struct arch_vcpu_config {
	uint64_t vmpidr; /* what the guest reads as MPIDR_EL1, bit 31 included */
	uint64_t mpidr;  /* affinity fields of the pCPU's MPIDR_EL1, all other bits 0 */
	/* GICv3 only: the value of ICC_SGI1R_EL1 that sends SGI 15, the kick, to the pCPU, with
	 * KICK_DIRECT if `direct` is set. */
	uint64_t kick;
	uint64_t gicr; /* GICv3 only: RD_base frame of the pCPU's redistributor */
	/* CPU_START_SPIN_TABLE: the pCPU polls this word for the address of its entry. */
	uint64_t release;
	bool timer;  /* EL2's timer interrupt of this pCPU is enabled (cpu/deadline.h) */
	bool direct; /* physical interrupts go straight to EL1: direct or sole mode */
	/* On this pCPU EL2's own interrupts are in Group 0 and arrive as FIQs: the VM is in direct
	 * mode, and the GIC has one security state. */
	bool group0;
};

/*
 * A VM's virtual GIC. Arrays have one element for 32 INTIDs. Element 0 is for SGIs and PPIs and
 * the same for every vCPU; element i is for INTIDs 32*i to 32*i+31.
 *
 * Virtual mode: an INTID is in at most one of the two masks. SGIs are in neither, because every VM
 * has them.
 *
 * Direct and sole mode: `hardware` has all interrupts of the VM, SGIs 0 to 14 included; `emulated`
 * says which of these an emulated device raises.
 */
struct vgic_config {
	const uint32_t *hardware; /* a physical interrupt with the same INTID */
	const uint32_t *emulated; /* raised by an emulated device */
	struct vgic_bank *spis;   /* state of the SPIs: banks - 1 elements */
	uint32_t banks;           /* INTIDs of the VM / 32, 1 to 31: GICD_TYPER.ITLinesNumber + 1 */
};

/* Function ids of the SMC Calling Convention, from `first` to `last`. */
struct firmware_range {
	uint32_t first;
	uint32_t last;
};

struct arch_vm_config {
	uint64_t vttbr;       /* VTTBR_EL2: VMID and constant stage-2 root */
	uint64_t vtcr;        /* VTCR_EL2 */
	uint64_t loader_ttbr; /* TTBR0_EL2 while EL2 copies the VM's images */
	uint64_t run_ttbr;    /* TTBR0_EL2 at any other time */
	const struct interrupt_mode *interrupts;
	/* Direct and sole mode: the writable copy of the stage-2 root, which the MMU walks and
	 * which EL2 clears to stop the VM (vcpu/stage2.h). Virtual mode: NULL. */
	uint64_t *live_root;
	uint32_t live_entries; /* its entries up to the last one that is not zero; 0 if NULL */
	/* Direct mode: INTID of the SPI that EL2 sets pending so that the guest accesses its
	 * emulated console, which gives EL2 the chance to serve that device. 0: the VM has none. */
	uint32_t doorbell;
	const struct firmware_range *firmware_calls; /* that its guest may make; NULL: none */
	uint32_t firmware_call_count;
	struct vgic_config vgic;
};

enum cpu_start { CPU_START_PSCI_SMC, CPU_START_SPIN_TABLE, CPU_START_ALL };

/* What EL2 may ask of the firmware, by SMC. If there is none of this, EL2 issues no SMC at all. */
struct firmware_config {
	/* Function ids of its PSCI; 0: it has no such function. */
	uint32_t cpu_on;
	uint32_t cpu_off;
	uint32_t system_off;
	uint32_t system_reset;
	bool smccc; /* it follows the SMC Calling Convention, so it may be asked what it has */
};

struct arch_system_config {
	uint64_t tcr;         /* TCR_EL2, with the field PS */
	uint64_t boot_ttbr;   /* TTBR0_EL2 of the boot CPU until it enters its VM's view */
	uint64_t boot_mpidr;  /* affinity of the CPU that the firmware starts */
	uint64_t boot_stack;  /* top of the boot CPU's stack until it has its vCPU's */
	uint64_t image_start; /* where the image is linked to run */
	uint64_t image_end;
	uint64_t gicd; /* base of the distributor */
	/* GICv2 only: the two pages of the CPU interface, and the virtual interface control. Where
	 * the board repeats each page through 64 KiB, `gicc` is the last copy of the first one. */
	uint64_t gicc;
	uint64_t gich;
	uint32_t spi_count; /* SPIs that the physical distributor has, by the platform file */
	/* Bits of physical address that every CPU has at least, by the platform file
	 * (ID_AA64MMFR0_EL1.PARange). */
	uint32_t pa_bits;
	enum cpu_start cpu_start;
	struct firmware_config firmware;
	bool hcrx;         /* EL2 may write HCRX_EL2 on CPUs that have it */
	bool clean_caches; /* the firmware leaves no modified line in a cache */
	/* EL2 uses Group 0 on the pCPUs of VMs in direct mode, so GICD_CTLR.DS has to be 1. */
	bool group0;
	uint32_t maintenance;    /* INTID of the maintenance interrupt, a PPI */
	uint32_t timer;          /* INTID of EL2's physical timer, a PPI */
	uint32_t list_registers; /* that each CPU has at least, by the platform file: 1 to 16 */
};

#endif
