/* SPDX-License-Identifier: Apache-2.0 */
/* What a vCPU of a virtual GICv3 has that one of a GICv2 has not. */
#ifndef PINION_VGIC_OWN_H
#define PINION_VGIC_OWN_H

#include <stdatomic.h>
#include <stdint.h>

#include "gicv3/gicv3_regs.h"

struct vgic_own {
	_Atomic uint32_t waker; /* GICR_WAKER.ProcessorSleep; written without the VM's lock */
};

#define VGIC_OWN_AT_RESET                                                                          \
	{                                                                                          \
		.waker = GICR_WAKER_PROCESSOR_SLEEP                                                \
	}

/* GICR_ISENABLER0 of the SGIs */
#define SGIS_ENABLED_AT_RESET 0u

#endif
