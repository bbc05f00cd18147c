/* SPDX-License-Identifier: Apache-2.0 */
/* Power State Coordination Interface (Arm DEN0022, version 1.1) as guests see it. */
#ifndef PINION_PSCI_H
#define PINION_PSCI_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct vcpu;

#define PSCI_VERSION           0x84000000u
#define PSCI_CPU_SUSPEND       0x84000001u
#define PSCI_CPU_OFF           0x84000002u
#define PSCI_CPU_ON            0x84000003u
#define PSCI_AFFINITY_INFO     0x84000004u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF        0x84000008u
#define PSCI_SYSTEM_RESET      0x84000009u
#define PSCI_FEATURES          0x8400000au

#define PSCI_SMC64 0x40000000u /* the 64-bit form of a call that has both */

#define PSCI_SUCCESS            0
#define PSCI_NOT_SUPPORTED      (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_ALREADY_ON         (-4)
#define PSCI_ON_PENDING         (-5)
#define PSCI_INVALID_ADDRESS    (-9)

#define PSCI_VERSION_1_1 0x10001
#define PSCI_NOT_PRESENT 2 /* MIGRATE_INFO_TYPE: no Trusted OS, or one that needs no migration */

/*
 * Power state of a vCPU. Owner of a transition: OFF -> CLAIMED -> STARTING is the caller of CPU_ON,
 * the first step by compare and exchange; STARTING -> ON and ON -> OFF are the vCPU's own pCPU.
 */
enum power_state { POWER_OFF, POWER_CLAIMED, POWER_STARTING, POWER_ON };

struct psci_power {
	_Atomic uint32_t state; /* enum power_state */
	uint64_t entry;         /* published by the store of POWER_STARTING */
	uint64_t context;
};

/*
 * A call of the PSCI range by its function id. `x` are the registers of the caller (of a 32-bit
 * call, the low halves count). Returns what the guest finds in x0. CPU_OFF, SYSTEM_OFF and
 * SYSTEM_RESET do not return.
 */
int64_t psci_call(struct vcpu *vcpu, uint32_t function, const uint64_t *x);

/*
 * True if `function` is a PSCI call that psci_call answers with something else than NOT_SUPPORTED.
 */
bool psci_implements(uint32_t function);

/* Serves REQUEST_POWER on the vCPU's own pCPU while it is off: starts it if a CPU_ON is waiting. */
void psci_serve(struct vcpu *vcpu);

#endif
