/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI (Power State Coordination Interface, Arm DEN0022, version 1.1) as guests see it. EL2's own
 * calls to the firmware use the same numbers. */
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

#define PSCI_SMC64 0x40000000u /* of a function id: the 64-bit form of a call that has both */

#define PSCI_SUCCESS            0
#define PSCI_NOT_SUPPORTED      (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_ALREADY_ON         (-4)
#define PSCI_ON_PENDING         (-5)
#define PSCI_INVALID_ADDRESS    (-9)

#define PSCI_VERSION_1_1 0x10001
#define PSCI_NOT_PRESENT 2 /* MIGRATE_INFO_TYPE: no Trusted OS, or one that does not migrate */

/*
 * Power state of a vCPU, and who moves it on:
 *
 * - OFF to CLAIMED: a caller of CPU_ON, by compare and exchange, so that one caller wins
 * - CLAIMED to STARTING: the same caller, once it has stored entry and context
 * - STARTING to ON, and ON to OFF: the vCPU's own pCPU
 * - to the states after power-on, between two lives of the VM: arch_vm_reset()
 */
enum power_state { POWER_OFF, POWER_CLAIMED, POWER_STARTING, POWER_ON };

struct psci_power {
	_Atomic uint32_t state; /* enum power_state */
	/* What CPU_ON asked for: the IPA of the first instruction, and x0. The store of
	 * POWER_STARTING publishes both. */
	uint64_t entry;
	uint64_t context;
};

/*
 * Answers PSCI call `function` of `vcpu`, on its own pCPU. `x` are the caller's registers; of a
 * 32-bit call only their low halves count. Returns what the guest reads in x0: a result, or a
 * negative error. CPU_OFF, SYSTEM_OFF and SYSTEM_RESET do not return.
 */
int64_t psci_call(struct vcpu *vcpu, uint32_t function, const uint64_t *x);

/* True if psci_call() answers `function` with something else than NOT_SUPPORTED. */
bool psci_implements(uint32_t function);

/* Serves REQUEST_POWER on the vCPU's own pCPU: if a CPU_ON waits for it, starts the vCPU and does
 * not return. */
void psci_serve(struct vcpu *vcpu);

#endif
