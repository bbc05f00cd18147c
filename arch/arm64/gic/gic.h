/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical GIC, as EL2 uses it for itself. gicv3/ and gicv2/ implement it. What EL2 does with
 * the CPU interface is in a header icc.h of each.
 *
 * All interrupts are in one group, with one exception. If a GICv3 has one security state, EL2's own
 * interrupts are in Group 0 on the pCPUs of VMs in direct mode, and arrive as FIQs.
 *
 * EL2 splits priority drop and deactivation (EOImode = 1). While a guest has direct interrupts,
 * EOImode is as the guest has set it.
 */
#ifndef PINION_GIC_H
#define PINION_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "gic/gic_regs.h"

#define GIC_SPURIOUS 1020u /* ICC_IAR<n>_EL1: from here on, no interrupt was pending */

/* Sets up the distributor, with all SPIs disabled. Called once, on the boot CPU. Returns 0, or the
 * address of a register whose busy bit does not clear (see gic_wait_clear()). */
uint64_t gic_init(void);

/* Sets up the redistributor and the CPU interface of this pCPU, which is the one of `config`. From
 * here on, kicks and maintenance interrupts arrive. Returns as gic_init(). */
uint64_t gic_cpu_init(const struct vcpu_config *config);

/* Enables SPI `intid` of EL2 itself, level-sensitive, and routes it to the pCPU of `to`. On the
 * boot CPU, before other pCPUs run. */
void gic_enable_spi(uint32_t intid, const struct vcpu_config *to);

#endif
