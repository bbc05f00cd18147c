/* SPDX-License-Identifier: Apache-2.0 */
/* The Arm part of the generated tables; see hyp/config.h. */
#ifndef PINION_ARCH_CONFIG_H
#define PINION_ARCH_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

struct interrupt_mode;
struct vgic_bank;

/* A bit that is not the register's: to kick the pCPU takes more than a write of it (gic.c). */
#define KICK_DIRECT (1ull << 63)

struct arch_vcpu_config {
	uint64_t vmpidr; /* what the guest reads as MPIDR_EL1, bit 31 set */
	uint64_t mpidr;  /* affinity of the pCPU: MPIDR_EL1 and 0xff00ffffff */
	uint64_t kick; /* ICC_SGI1R_EL1 value that sends SGI 15, the kick, to the pCPU; KICK_DIRECT
	                  with `direct` */
	uint64_t gicr; /* the pCPU's redistributor, RD_base frame */
	bool timer;    /* EL2's timer of this pCPU is used: see enum deadline */
	bool direct;   /* physical interrupts go straight to the guest: its VM is in direct or sole
	                  mode */
	bool group0;   /* EL2's own interrupts here are in Group 0: direct mode, and one security
	                  state */
};

/*
 * A VM's virtual GICv3. Arrays hold one element per 32 INTIDs: element 0 stands for SGIs and PPIs
 * (the same for every vCPU), element i for INTIDs 32*i..32*i+31. Virtual mode: an INTID is in at
 * most one of the two masks; SGIs are in neither, every VM has them. Direct and sole mode: all that
 * the VM has is in `hardware`, SGIs 0 to 14 included, and `emulated` tells which of them emulated
 * devices raise.
 */
struct vgic_config {
	const uint32_t *hardware; /* virtual INTID = physical INTID */
	const uint32_t *emulated; /* raised by an emulated device */
	struct vgic_bank *spis;   /* state of INTIDs 32..32*banks-1: banks - 1 elements */
	uint32_t banks; /* INTIDs of the VM / 32; GICD_TYPER.ITLinesNumber = banks - 1; 1 to 31 */
};

struct arch_vm_config {
	uint64_t vttbr; /* VMID and stage-2 root, a constant */
	uint64_t vtcr;
	uint64_t loader_ttbr; /* EL2 view while this VM's images are copied */
	uint64_t run_ttbr;    /* EL2 view at any other time */
	const struct interrupt_mode *interrupts;
	/*
	 * Direct and sole mode: the copy of the stage-2 root that is in use, by which the VM can be
	 * stopped (stage2.h); else null and 0.
	 */
	uint64_t *live_root;
	uint32_t live_entries; /* up to the last that is not empty */
	/*
	 * Direct mode: the SPI of an emulated device that looks at its console when it is accessed;
	 * 0: none
	 */
	uint32_t doorbell;
	struct vgic_config vgic;
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
	uint32_t pa_bits;   /* physical address bits that the platform file promises
	                       (ID_AA64MMFR0_EL1.PARange) */
	enum cpu_start cpu_start;
	bool hcrx;   /* EL2 may write HCRX_EL2, where there is one */
	bool group0; /* EL2 uses Group 0 on the pCPUs of VMs in direct mode: GICD_CTLR.DS has to be
	                1 */
	uint32_t maintenance;    /* PPI of the virtual CPU interface, by INTID */
	uint32_t timer;          /* PPI of EL2's physical timer, by INTID */
	uint32_t list_registers; /* at least; 1 to 16 */
};

#endif
