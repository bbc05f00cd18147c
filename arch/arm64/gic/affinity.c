/* SPDX-License-Identifier: Apache-2.0 */
#include "gic/affinity.h"

#include <stddef.h>

const struct vcpu_config *vcpu_of_unusual_mpidr(const struct vm_config *vm, uint64_t mpidr)
{
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		if ((vm->vcpus[i].arch.vmpidr ^ MPIDR_RES1) == mpidr)
			return &vm->vcpus[i];
	return NULL;
}
