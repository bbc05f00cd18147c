// SPDX-License-Identifier: Apache-2.0
/* PSCI and SMCCC calls, by HVC or by SMC. */
#include "psci.h"

#include "fdt.h"
#include "mmu.h"

static call_function *conduit = hvc_call;

#define CALL(instruction)                                                                          \
	register uint64_t x0 __asm__("x0") = id;                                                   \
	register uint64_t x1 __asm__("x1") = a;                                                    \
	register uint64_t x2 __asm__("x2") = b;                                                    \
	register uint64_t x3 __asm__("x3") = c;                                                    \
	__asm__ volatile(instruction " #0"                                                         \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                  \
			 :                                                                         \
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",  \
			 "x15", "x16", "x17", "memory");                                           \
	return (int64_t)x0

int64_t hvc_call(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
	CALL("hvc");
}

int64_t smc_call(uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
	CALL("smc");
}

void psci_init(void)
{
	struct fdt_node node = fdt_compatible("arm,psci-1.0");

	if (!node.found)
		node = fdt_compatible("arm,psci-0.2");
	if (fdt_property_is(node, "method", "smc"))
		conduit = smc_call;
}

int64_t psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	return conduit(PSCI_FN_CPU_ON | SMC64, mpidr, entry, context);
}

int64_t psci_affinity_info(uint64_t mpidr, uint64_t level)
{
	return conduit(PSCI_FN_AFFINITY_INFO | SMC64, mpidr, level, 0);
}

void psci_cpu_off(void)
{
	conduit(PSCI_FN_CPU_OFF, 0, 0, 0);
}

void psci_system_off(void)
{
	conduit(PSCI_FN_SYSTEM_OFF, 0, 0, 0);
}
