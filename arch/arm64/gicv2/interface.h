/* SPDX-License-Identifier: Apache-2.0 */
/* The number of each pCPU's CPU interface, by which the distributor sends interrupts there. Only
 * the pCPU itself can read it, so it does when it comes up. */
#ifndef PINION_INTERFACE_H
#define PINION_INTERFACE_H

#include <stdatomic.h>
#include <stdint.h>

#include "config.h"

#define GIC_INTERFACES 8u

/* By the pCPU's number: one bit, or 0 as long as it has not come up. In memory that every view
 * maps. */
extern _Atomic uint8_t gic_interfaces[GIC_INTERFACES];

/* That of the pCPU of `vcpu`, as GICD_ITARGETSR and GICD_SGIR name it. */
static inline uint8_t gic_interface(const struct vcpu_config *vcpu)
{
	/* relaxed: whoever finds 0 has left what it wants where the pCPU looks as it comes up */
	return atomic_load_explicit(&gic_interfaces[vcpu->pcpu], memory_order_relaxed);
}

#endif
