/* SPDX-License-Identifier: Apache-2.0 */
/* The Arm part of a vCPU. */
#ifndef PINION_ARCH_CPU_H
#define PINION_ARCH_CPU_H

#include <stdatomic.h>
#include <stdint.h>

#include "direct/direct.h"
#include "hw/cpu_insn.h"
#include "trap/psci.h"
#include "vgic/state.h"

struct arch_vm {
	struct vgic_vm vgic;
};

/*
 * An access that the guest was told of by an external abort, for the report if it does not survive
 * that.
 */
struct refused_access {
	uint64_t esr; /* ESR_EL2 */
	uint64_t ipa;
	uint64_t pc;
};

struct arch_vcpu {
	struct vgic_cpu vgic;
	struct direct_cpu direct;
	struct psci_power power;
	struct refused_access refused; /* the last one; of its own pCPU */
};

#endif
