/* SPDX-License-Identifier: Apache-2.0 */
/* The Arm part of a vCPU. */
#ifndef PINION_ARCH_CPU_H
#define PINION_ARCH_CPU_H

#include <stdatomic.h>
#include <stdint.h>

#include "cpu_insn.h"
#include "psci.h"
#include "vgic.h"

struct arch_vm {
	struct vgic_vm vgic;
};

struct arch_vcpu {
	struct vgic_cpu vgic;
	struct psci_power power;
};

#endif
