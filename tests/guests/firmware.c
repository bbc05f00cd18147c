// SPDX-License-Identifier: Apache-2.0
/*
 * Calls of the firmware that EL2 passes on, and others that it does not. The firmware is
 * tests/system/firmware/el3.S, which reports any call that should not have reached it; the
 * functions below are its own. With the bootarg `refused`, the VM may make none of them.
 */
#include "cpu.h"
#include "fdt.h"
#include "print.h"
#include "psci.h"
#include "test.h"

const char test_name[] = "firmware";

#define ECHO   0xc2000001u /* x0: the sum of x1 to x7; x1: ~x1; x3: whether x8 to x17 are 0 */
#define ALONE  0xc2000002u /* after a while, x0: 1 if nobody else has called it meanwhile */
#define NARROW 0x82000010u /* x0: x1 as it arrives */

enum { REGISTERS = 18, ROUNDS = 100, WILD = 20000 };

static bool refused;
static _Atomic uint32_t ready, disturbed, finished;

/* A call with x0 to x17, by SMC or HVC. */
static void call(uint64_t x[REGISTERS], bool by_smc)
{
	register uint64_t *base __asm__("x19") = x;
	register uint64_t smc __asm__("x20") = by_smc;

	__asm__ volatile("ldp x0, x1, [x19]\n\tldp x2, x3, [x19, #16]\n\t"
			 "ldp x4, x5, [x19, #32]\n\tldp x6, x7, [x19, #48]\n\t"
			 "ldp x8, x9, [x19, #64]\n\tldp x10, x11, [x19, #80]\n\t"
			 "ldp x12, x13, [x19, #96]\n\tldp x14, x15, [x19, #112]\n\t"
			 "ldp x16, x17, [x19, #128]\n\t"
			 "cbnz x20, 1f\n\thvc #0\n\tb 2f\n1:\tsmc #0\n2:\t"
			 "stp x0, x1, [x19]\n\tstp x2, x3, [x19, #16]\n\t"
			 "stp x4, x5, [x19, #32]\n\tstp x6, x7, [x19, #48]\n\t"
			 "stp x8, x9, [x19, #64]\n\tstp x10, x11, [x19, #80]\n\t"
			 "stp x12, x13, [x19, #96]\n\tstp x14, x15, [x19, #112]\n\t"
			 "stp x16, x17, [x19, #128]\n\t"
			 : "+r"(base), "+r"(smc)
			 :
			 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			 "x12", "x13", "x14", "x15", "x16", "x17", "memory");
}

static void test_registers(bool by_smc)
{
	const char *how = by_smc ? "SMC" : "HVC";
	uint64_t x[REGISTERS], sum = 0;
	bool kept = true;

	for (uint32_t i = 0; i < REGISTERS; i++)
		x[i] = 0x1234567800000000ull * i + i;
	for (uint32_t i = 1; i < 8; i++)
		sum += x[i];
	x[0] = 0xabcdef0000000000ull | ECHO;
	call(x, by_smc);
	for (uint32_t i = 4; i < REGISTERS; i++)
		kept = kept && x[i] == 0x1234567800000000ull * i + i;
	check(kept, "%s: x4 to x17 are kept", how);
	if (refused) {
		check_equal(x[0], (uint64_t)PSCI_NOT_SUPPORTED, "%s: a call is refused", how);
		return;
	}
	check_equal(x[0], sum, "%s: x1 to x7 reach the firmware, x0 comes back", how);
	check_equal(x[1], ~0x1234567800000001ull, "%s: x1 comes back", how);
	check_equal(x[3], 0, "%s: x8 to x17 are not the firmware's to see", how);
	check_equal((uint64_t)smc_call(NARROW, ~0ull, 0, 0), 0xffffffff,
		"%s: a 32-bit call has arguments of 32 bits", how);
}

static void test_others(void)
{
	static const uint32_t ids[] = {ECHO - 1, ALONE + 1, NARROW - 1, NARROW + 1, 0x42000001,
		0x02000001, 0xc3000001, 0xc4000050, 0x84000060, 0xc2ffffff};
	uint64_t seed = 88172645463325252ull;
	bool all = true;

	for (uint32_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		all = all && hvc_call(ids[i], 0, 0, 0) == PSCI_NOT_SUPPORTED &&
		      smc_call(ids[i], 0, 0, 0) == PSCI_NOT_SUPPORTED;
	check(all, "functions beside the ranges answer NOT_SUPPORTED");
	check_equal((uint64_t)smc_call(PSCI_FN_VERSION, 0, 0, 0), 0x10001, "EL2 answers PSCI");
	check_equal((uint64_t)smc_call(SMCCC_FN_VERSION, 0, 0, 0), 0x10001, "EL2 answers SMCCC");
	for (uint32_t i = 0; i < WILD; i++) {
		uint32_t id;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		/* the owners of the ranges, the standard ones, or any; never PSCI */
		id = (uint32_t)(seed >> 20) & 0xff00ffff;
		if (i % 2)
			id = (id & 0x1f) | (i % 4 == 1 ? 0xc2000000 : 0x82000000);
		if ((id & 0xbfffffe0) == 0x84000000 || (id & 0xff000000) == 0x80000000 ||
			id == ECHO || id == ALONE || id == NARROW)
			continue;
		all = all && smc_call(id, seed, ~seed, 0) == PSCI_NOT_SUPPORTED;
	}
	check(all, "so do wild ones");
}

static void call_alone(struct cpu *cpu)
{
	(void)cpu;
	for (ready++; ready < cpu_count;)
		;
	for (uint32_t i = 0; i < ROUNDS; i++)
		disturbed += smc_call(ALONE, 0, 0, 0) != 1;
	finished++;
}

static void test_turns(void)
{
	for (uint32_t i = 1; i < cpu_count; i++)
		cpu_start(i, call_alone, 0);
	call_alone(&cpus[0]);
	while (finished < cpu_count)
		;
	check_equal(disturbed, 0, "%u CPUs call the firmware one at a time", cpu_count);
}

void test_main(void)
{
	refused = fdt_bootarg("refused");
	test_registers(false);
	test_registers(true);
	test_others();
	if (!refused)
		test_turns();
	test_end();
}
