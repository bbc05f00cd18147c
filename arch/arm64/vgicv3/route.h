/* SPDX-License-Identifier: Apache-2.0 */
/* Which vCPU an SPI goes to, as the bank keeps it: GICD_IROUTER, packed by gic_affinity(). */
#ifndef PINION_ROUTE_H
#define PINION_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "gic/affinity.h"

/* The route that leads to `vcpu`. */
static inline uint32_t route_to(const struct vcpu_config *vcpu)
{
	return gic_affinity(vcpu->arch.vmpidr);
}

/* True if `route` leads to the vCPU whose route_to() is `to`. */
static inline bool route_leads(uint32_t route, uint32_t to)
{
	return route == to;
}

/* The vCPU of `vm` that `route` leads to, or NULL. */
static inline const struct vcpu_config *route_target(const struct vm_config *vm, uint32_t route)
{
	return vcpu_of_mpidr(vm, gic_mpidr(route));
}

/* The route of every SPI after a reset, and whether it leads anywhere: to vCPU 0. */
static inline uint32_t route_at_reset(const struct vm_config *vm)
{
	return route_to(&vm->vcpus[0]);
}

static inline bool route_is_set_at_reset(const struct vm_config *vm)
{
	(void)vm;
	return true;
}

#endif
