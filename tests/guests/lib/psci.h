/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the Power State Coordination Interface (DEN0022) and the SMC Calling Convention
 * (DEN0028).
 */
#ifndef GUEST_PSCI_H
#define GUEST_PSCI_H

#include <stdint.h>

enum {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INVALID_ADDRESS = -9,
};

enum { PSCI_ON = 0, PSCI_OFF = 1 };

#define PSCI_FN_VERSION           0x84000000u
#define PSCI_FN_CPU_SUSPEND       0x84000001u
#define PSCI_FN_CPU_OFF           0x84000002u
#define PSCI_FN_CPU_ON            0x84000003u
#define PSCI_FN_AFFINITY_INFO     0x84000004u
#define PSCI_FN_MIGRATE           0x84000005u
#define PSCI_FN_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_FN_SYSTEM_OFF        0x84000008u
#define PSCI_FN_SYSTEM_RESET      0x84000009u
#define PSCI_FN_FEATURES          0x8400000au
#define SMC64                     0x40000000u
#define SMCCC_FN_VERSION          0x80000000u
#define SMCCC_FN_ARCH_FEATURES    0x80000001u

typedef int64_t call_function(uint64_t id, uint64_t a, uint64_t b, uint64_t c);
int64_t hvc_call(uint64_t id, uint64_t a, uint64_t b, uint64_t c);
int64_t smc_call(uint64_t id, uint64_t a, uint64_t b, uint64_t c);

/* By the conduit that the device tree names. */
void psci_init(void);
int64_t psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context);
int64_t psci_affinity_info(uint64_t mpidr, uint64_t level);
void psci_cpu_off(void);
void psci_system_off(void);

#endif
