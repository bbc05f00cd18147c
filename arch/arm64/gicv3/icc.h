/* SPDX-License-Identifier: Apache-2.0 */
/* The physical CPU interface of a GICv3, as EL2 uses it. */
#ifndef PINION_ICC_H
#define PINION_ICC_H

#include <stdint.h>

#include "gicv3/gicv3_regs.h"
#include "hw/cpu_insn.h"
#include "hw/sysreg.h"

struct vcpu_config;

#define GIC_KICK 15u /* the SGI that kicks another pCPU */
/* The highest priority that a guest with direct interrupts gets. EL2's own interrupts have 0. */
#define GIC_GUEST_PRIORITY 0x10u

#define GIC_IDLE_PRIORITY 0xffu /* ICC_RPR_EL1: no interrupt is active */

/* Enables the GICv3 system registers at EL2, and lets EL1 enable its own: UNDEFINED without it. */
static inline void gic_enable_system_registers(void)
{
	write_sysreg(icc_sre_el2, ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE);
	isb();
}

/* Sets the CPU interface of this pCPU as EL2 uses it, with no priority active. If the VM has direct
 * interrupts, its vCPU is off. */
void gic_cpu_interface(const struct vcpu_config *config);

/* The value of ICC_PMR_EL1 that masks `priority` and all less urgent ones on the pCPU of `config`,
 * whose VM has direct interrupts. `priority` is as the distributor counts it. */
uint8_t gic_mask(const struct vcpu_config *config, uint8_t priority);

/* The INTID of what gic_acknowledge() returns. */
#define GIC_INTID(iar) (iar)

/* Whether EL2's own interrupts are in Group 0 on a pCPU, and arrive as FIQs. */
#define GIC_USES_GROUP0(config) ((config)->arch.group0)

/* Acknowledges the highest pending interrupt of Group 1, which becomes active. Returns what names
 * it until its end, ICC_IAR1_EL1, of which GIC_INTID() is the INTID: GIC_SPURIOUS or more if there
 * is none. */
static inline uint32_t gic_acknowledge(void)
{
	uint32_t intid = (uint32_t)read_sysreg(icc_iar1_el1);

	/* Else EL2 could read what the interrupt announces before the acknowledge takes effect (IHI
	 * 0069, observability of acknowledge). */
	dsb_sy();
	return intid;
}

/* Priority drop: other interrupts may be signalled again, while `intid` stays active. */
static inline void gic_drop(uint32_t intid)
{
	write_sysreg(icc_eoir1_el1, intid);
}

/* gic_acknowledge() of Group 0. */
static inline uint32_t gic_acknowledge0(void)
{
	uint32_t intid = (uint32_t)read_sysreg(icc_iar0_el1);

	dsb_sy();
	return intid;
}

/* Ends the active interrupt `intid` of Group 0, under either EOImode: the guest may have set it. */
void gic_end0(uint32_t intid);

/* Deactivates `intid`, whose priority was dropped. */
static inline void gic_deactivate(uint32_t intid)
{
	write_sysreg(icc_dir_el1, intid);
}

#endif
