/* SPDX-License-Identifier: Apache-2.0 */
/* Which version of the GIC the core is built for. */
#ifndef PINION_GIC_VERSION_H
#define PINION_GIC_VERSION_H

#include <stdbool.h>

#define GIC_NAME "GICv2"

/* Whether a CPU has the registers of the CPU interface: they are in memory. */
#define GIC_CPU_HAS_INTERFACE(pfr0) ((void)(pfr0), true)

#endif
