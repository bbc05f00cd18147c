/* SPDX-License-Identifier: Apache-2.0 */
/* The vCPUs that a write of an SGI generation register means. */
#ifndef PINION_SGI_H
#define PINION_SGI_H

#include <stdint.h>

#include "cpu/vcpu.h"
#include "gic/affinity.h"
#include "gicv3/gicv3_regs.h"
#include "vgic/bank.h"

/*
 * Calls `send` for each target of `value`, which `self` has written to an SGI generation register
 * (IHI 0069, section 12.2.19): all other vCPUs of its VM, or those of the target list that exist.
 * `sgi` is 0 to 15.
 */
static inline void sgi_for_each_target(struct vcpu *self, uint64_t value,
	void (*send)(struct vcpu *self, const struct vcpu_config *to, uint32_t sgi))
{
	const struct vm_config *vm = self->vm;
	uint32_t affinity = SGIR_AFFINITY(value);

	if (value & SGIR_IRM) {
		for (uint32_t i = 0; i < vm->vcpu_count; i++)
			if (i != self->config->index)
				send(self, &vm->vcpus[i], SGIR_INTID(value));
		return;
	}
	for (uint32_t left = value & 0xffff; left; left &= left - 1) {
		const struct vcpu_config *to =
			vcpu_of_mpidr(vm, gic_mpidr(affinity + vgic_lowest(left)));

		if (to)
			send(self, to, SGIR_INTID(value));
	}
}

#endif
