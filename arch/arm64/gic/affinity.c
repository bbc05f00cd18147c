/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the vCPU of an affinity in a VM whose vCPUs are not numbered 0, 1, 2 and so on. */
#include "gic/affinity.h"

#include <stddef.h>

const struct vcpu_config *vcpu_of_unusual_mpidr(const struct vm_config *vm, uint64_t mpidr)
{
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		if ((vm->vcpus[i].arch.vmpidr ^ MPIDR_RES1) == mpidr)
			return &vm->vcpus[i];
	return NULL;
}
