/* SPDX-License-Identifier: Apache-2.0 */
/* Which vCPU an SPI goes to, as the bank keeps it: GICD_ITARGETSR, a bit for each vCPU of the VM by
 * its index. Of several the lowest gets the SPI, which is one of what the 1-N model allows. */
#ifndef PINION_ROUTE_H
#define PINION_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* The route that leads to `vcpu`. */
static inline uint32_t route_to(const struct vcpu_config *vcpu)
{
	return 1u << vcpu->index;
}

/* True if `route` leads to the vCPU whose route_to() is `to`. */
static inline bool route_leads(uint32_t route, uint32_t to)
{
	return (route & -route) == to;
}

/* The vCPU of `vm` that `route` leads to, or NULL. */
static inline const struct vcpu_config *route_target(const struct vm_config *vm, uint32_t route)
{
	return route ? &vm->vcpus[__builtin_ctz(route)] : NULL;
}

/* The route of every SPI after a reset, and whether it leads anywhere: of several vCPUs to none.
 * With one vCPU there are no routes to set, and it is the target of all. */
static inline uint32_t route_at_reset(const struct vm_config *vm)
{
	return vm->vcpu_count == 1;
}

static inline bool route_is_set_at_reset(const struct vm_config *vm)
{
	return vm->vcpu_count == 1;
}

#endif
