/* SPDX-License-Identifier: Apache-2.0 */
/* The physical GICv3, as far as the hypervisor itself uses it: all interrupts are Group 1, EOImode = 1. */
#ifndef PINION_GIC_H
#define PINION_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "cpu_insn.h"

#define GIC_KICK     0u    /* the SGI by which pCPUs call each other */
#define GIC_SPURIOUS 1020u /* this and above: nothing is pending */

/* True if the GIC is the one that the tables describe; prints what differs. On the boot CPU. */
bool gic_check(void);

/* Sets up the distributor: all SPIs disabled. Once, on the boot CPU. */
void gic_init(void);

/* Sets up this pCPU's redistributor and CPU interface; kicks and maintenance interrupts arrive from here on. */
void gic_cpu_init(const struct vcpu_config *config);

/* Lets SPI `intid` come to the pCPU of `to`: one of the hypervisor's own. */
void gic_enable_spi(uint32_t intid, const struct vcpu_config *to);

/* The highest pending interrupt, now active, or GIC_SPURIOUS and above. */
static inline uint32_t gic_acknowledge(void)
{
	uint32_t intid = (uint32_t)read_sysreg(icc_iar1_el1);

	/* What the interrupt announces is looked at after this (IHI 0069, observability of acknowledge). */
	dsb_sy();
	return intid;
}

/* Priority drop: others may be signalled again, this one stays active. */
static inline void gic_drop(uint32_t intid)
{
	write_sysreg(icc_eoir1_el1, intid);
}

static inline void gic_deactivate(uint32_t intid)
{
	write_sysreg(icc_dir_el1, intid);
}

#endif
