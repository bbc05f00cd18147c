/* SPDX-License-Identifier: Apache-2.0 */
/* What a vCPU of a virtual GICv2 has that one of a GICv3 has not. */
#ifndef PINION_VGIC_OWN_H
#define PINION_VGIC_OWN_H

#include <stdatomic.h>
#include <stdint.h>

#define SGI_COUNT 16u

struct vgic_own {
	/*
	 * Who has sent its pending SGIs. A GICv2 keeps an SGI apart by the CPU that sent it: the
	 * guest acknowledges it once for each. By SGI, a bit for each vCPU of which it is pending
	 * and in no list register. Set from any pCPU without the VM's lock, before the latch in the
	 * bank is; cleared by the vCPU's own pCPU.
	 */
	_Atomic uint8_t senders[SGI_COUNT];
};

#define VGIC_OWN_AT_RESET                                                                          \
	{                                                                                          \
		.senders = { 0 }                                                                   \
	}

/* GICD_ISENABLER0 of the SGIs: a GIC-400 has them enabled for good. */
#define SGIS_ENABLED_AT_RESET 0xffffu

#endif
