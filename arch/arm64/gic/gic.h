/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical GICv3, as far as the hypervisor itself uses it. All interrupts are in Group 1, but
 * on the pCPUs of VMs in direct mode, if the GIC has one security state: there EL2's own are in
 * Group 0, and come as FIQs. EL2 splits priority drop and deactivation (EOImode = 1), but while a
 * guest in direct mode has the CPU interface.
 */
#ifndef PINION_GIC_H
#define PINION_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "gic/gic_regs.h"
#include "hw/cpu_insn.h"
#include "hw/sysreg.h"

#define GIC_KICK 15u /* the SGI by which pCPUs call each other */
/* The highest priority that a guest with direct interrupts gets; EL2's own have 0. */
#define GIC_GUEST_PRIORITY 0x10u

#define GIC_IDLE_PRIORITY 0xffu /* nothing is active */

#define GIC_SPURIOUS 1020u /* this and above: nothing is pending */

/*
 * Sets up the distributor: all SPIs disabled. Once, on the boot CPU. Returns 0, or the address of a
 * register that does not become ready, as the next.
 */
uint64_t gic_init(void);

/*
 * Sets up this pCPU's redistributor and CPU interface; kicks and maintenance interrupts arrive from
 * here on.
 */
uint64_t gic_cpu_init(const struct vcpu_config *config);

/* EL2 has the system registers of GICv3 on this pCPU: without it they are UNDEFINED. */
static inline void gic_enable_system_registers(void)
{
	write_sysreg(icc_sre_el2, ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE);
	isb();
}

/* The CPU interface as EL2 uses it, with nothing active. */
void gic_cpu_interface(const struct vcpu_config *config);

/*
 * The value of ICC_PMR_EL1 that masks, on the pCPU of a VM with direct interrupts, `priority` and
 * all below it.
 */
uint8_t gic_mask(const struct vcpu_config *config, uint8_t priority);

/* Lets SPI `intid` come to the pCPU of `to`: one of the hypervisor's own. */
void gic_enable_spi(uint32_t intid, const struct vcpu_config *to);

/* The highest pending interrupt, now active, or GIC_SPURIOUS and above. */
static inline uint32_t gic_acknowledge(void)
{
	uint32_t intid = (uint32_t)read_sysreg(icc_iar1_el1);

	/*
	 * What the interrupt announces is looked at after this (IHI 0069, observability of
	 * acknowledge).
	 */
	dsb_sy();
	return intid;
}

/* Priority drop: others may be signalled again, this one stays active. */
static inline void gic_drop(uint32_t intid)
{
	write_sysreg(icc_eoir1_el1, intid);
}

/* The same of Group 0. */
static inline uint32_t gic_acknowledge0(void)
{
	uint32_t intid = (uint32_t)read_sysreg(icc_iar0_el1);

	dsb_sy();
	return intid;
}

/* The end of an interrupt of Group 0, whatever the guest made of EOImode. */
void gic_end0(uint32_t intid);

static inline void gic_deactivate(uint32_t intid)
{
	write_sysreg(icc_dir_el1, intid);
}

#endif
