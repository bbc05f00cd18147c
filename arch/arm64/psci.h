/* SPDX-License-Identifier: Apache-2.0 */
/* Arm Power State Coordination Interface (DEN0022, version 1.1) for guests. */
#ifndef PINION_PSCI_H
#define PINION_PSCI_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * Power state of a vCPU. Owner of a transition: OFF -> CLAIMED -> ON_PENDING is the caller of CPU_ON, by compare and
 * exchange; ON_PENDING -> ON and ON -> OFF are the vCPU's own pCPU.
 */
enum psci_state { PSCI_OFF, PSCI_CLAIMED, PSCI_ON_PENDING, PSCI_ON };

struct psci_power {
	_Atomic uint32_t state; /* enum psci_state; 0 at reset */
	uint64_t entry;         /* published by the store of PSCI_ON_PENDING */
	uint64_t context;
};

#endif
