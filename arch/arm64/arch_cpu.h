/* SPDX-License-Identifier: Apache-2.0 */
/* The Arm part of a vCPU and of a VM: state that only the VM's own EL2 views map. */
#ifndef PINION_ARCH_CPU_H
#define PINION_ARCH_CPU_H

#include <stdatomic.h>
#include <stdint.h>

#include "direct/direct.h"
#include "hw/cpu_insn.h"
#include "lib/lock.h"
#include "trap/psci.h"
#include "vgic/state.h"

struct arch_vm {
	struct vgic_vm vgic;
	struct lock firmware; /* held by the vCPU that is in a call of the firmware */
};

/* An access that EL2 answered by an external abort in the guest. It is kept for the report in case
 * the guest does not survive the abort. */
struct refused_access {
	uint64_t esr; /* ESR_EL2 */
	uint64_t ipa;
	uint64_t pc;
};

struct arch_vcpu {
	struct vgic_cpu vgic;
	struct direct_cpu direct;
	struct psci_power power;
	struct refused_access refused; /* the last one; its own pCPU reads and writes it */
};

#endif
