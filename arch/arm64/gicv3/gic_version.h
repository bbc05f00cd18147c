/* SPDX-License-Identifier: Apache-2.0 */
/* Which version of the GIC the core is built for. */
#ifndef PINION_GIC_VERSION_H
#define PINION_GIC_VERSION_H

#include <stdbool.h>

#define GIC_NAME "GICv3"

/* Whether a CPU has the registers of the CPU interface: ID_AA64PFR0_EL1.GIC. */
#define GIC_CPU_HAS_INTERFACE(pfr0) ((pfr0) >> 24 & 0xf)

#endif
