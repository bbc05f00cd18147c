/* SPDX-License-Identifier: Apache-2.0 */
/* Affinities as the GIC has them. */
#ifndef PINION_AFFINITY_H
#define PINION_AFFINITY_H

#include <stdint.h>

#include "config.h"
#include "hw/sysreg.h"

/*
 * The affinity fields of MPIDR_EL1 or GICD_IROUTER as one word, Aff3.Aff2.Aff1.Aff0, like
 * GICR_TYPER has them.
 */
static inline uint32_t gic_affinity(uint64_t mpidr)
{
	return (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 8 & 0xff000000);
}

/* The reverse: the affinity fields where MPIDR_EL1 has them. */
static inline uint64_t gic_mpidr(uint32_t affinity)
{
	return (affinity & 0xffffff) | (uint64_t)(affinity >> 24) << 32;
}

/* vcpu_of_mpidr() where the vCPUs do not have the usual numbers. */
const struct vcpu_config *vcpu_of_unusual_mpidr(const struct vm_config *vm, uint64_t mpidr);

/*
 * The vCPU of `vm` that reads these affinity fields in MPIDR_EL1; NULL if the VM has none, or if
 * `mpidr` has any other bit. Inline for the sake of CPU_ON.
 */
static inline const struct vcpu_config *vcpu_of_mpidr(const struct vm_config *vm, uint64_t mpidr)
{
	/* The usual numbers of up to 16 vCPUs: Aff0 counts them, all else is 0. */
	if (mpidr < vm->vcpu_count && (vm->vcpus[mpidr].arch.vmpidr ^ MPIDR_RES1) == mpidr)
		return &vm->vcpus[mpidr];
	return vcpu_of_unusual_mpidr(vm, mpidr);
}

#endif
