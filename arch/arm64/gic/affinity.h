/* SPDX-License-Identifier: Apache-2.0 */
/* Affinities as the GIC packs them, and the vCPU that has one. */
#ifndef PINION_AFFINITY_H
#define PINION_AFFINITY_H

#include <stdint.h>

#include "config.h"
#include "hw/sysreg.h"

/* Packs the affinity fields of an MPIDR_EL1 or GICD_IROUTER value into one word,
 * Aff3.Aff2.Aff1.Aff0, as GICR_TYPER has them. */
static inline uint32_t gic_affinity(uint64_t mpidr)
{
	return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 8 & 0xff000000);
}

/* The reverse: puts the affinity fields where MPIDR_EL1 and GICD_IROUTER have them. */
static inline uint64_t gic_mpidr(uint32_t affinity)
{
	return (affinity & 0xffffff) | (uint64_t)(affinity >> 24) << 32;
}

/* The part of vcpu_of_mpidr() that searches all vCPUs. */
const struct vcpu_config *vcpu_of_unusual_mpidr(const struct vm_config *vm, uint64_t mpidr);

/* The vCPU of `vm` whose MPIDR_EL1 has the affinity fields of `mpidr`. NULL if there is none, or if
 * `mpidr` has a bit set outside these fields. Inline to keep CPU_ON short. */
static inline const struct vcpu_config *vcpu_of_mpidr(const struct vm_config *vm, uint64_t mpidr)
{
	/* Usually vCPU n has Aff0 = n and all other fields 0. */
	if (mpidr < vm->vcpu_count && (vm->vcpus[mpidr].arch.vmpidr ^ MPIDR_RES1) == mpidr)
		return &vm->vcpus[mpidr];
	return vcpu_of_unusual_mpidr(vm, mpidr);
}

#endif
