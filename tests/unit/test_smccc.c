/* SPDX-License-Identifier: Apache-2.0 */
/* HVC and SMC of guests, over a fake firmware. */
#include "unit.h"

/* The firmware, in place of smc.h. */
#define PINION_SMC_H

static uint32_t asked[4];
static uint64_t asked_for[4];
static unsigned calls;

static int64_t smc_call(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	assert_int_equal(a2 | a3, 0);
	assert_true(calls < 4);
	asked[calls] = function;
	asked_for[calls++] = a1;
	return 0;
}

#include "trap/smccc.c"

/* Not an alias in C: the compiler would know the object in this file, and take it for constant. */
struct system_config config;
__asm__(".globl system_config\n\t.set system_config, config");

int64_t psci_call(struct vcpu *vcpu, uint32_t function, const uint64_t *x)
{
	(void)vcpu;
	(void)x;
	return function + 1ll;
}

static int64_t call_of(uint64_t function, uint64_t argument, uint64_t esr)
{
	static struct vcpu_shared shared;
	static struct vcpu vcpu = {.shared = &shared};
	struct guest_frame frame = {.x = {function, argument, UINT64_MAX, UINT64_MAX}};

	calls = 0;
	return hvc_handle(&vcpu, esr, &frame);
}

static void calls_are_found_by_their_number(void **state)
{
	(void)state;
	assert_int_equal(call_of(0x84000000, 0, 0), 0x84000001);
	assert_int_equal(call_of(0xc400001f, 0, 0), 0xc4000020);
	assert_int_equal(call_of(0x84000020, 0, 0), SMCCC_NOT_SUPPORTED);
	assert_int_equal(call_of(0x80000000, 0, 0), 0x10001);
	assert_int_equal(call_of(0x80000000, 0, 1), SMCCC_NOT_SUPPORTED); /* HVC #1 */
	assert_int_equal(call_of(0x1234567880000000, 0, 0), 0x10001);
	assert_int_equal(calls, 0);
}

/* Nothing of a guest reaches the firmware but whether W1, the low half of x1, is 0. */
static void a_mitigation_is_switched_by_w1(void **state)
{
	static const struct {
		uint64_t argument, wanted;
	} cases[] = {{0, 0}, {1, 1}, {0x80000000, 1}, {0x100000000, 0}, {UINT64_MAX, 1}};

	(void)state;
	config.arch.firmware.smccc = true;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(call_of(SMCCC_ARCH_WORKAROUND_2, cases[i].argument, 0), 0);
		assert_int_equal(calls, 3);
		assert_int_equal(asked[2], SMCCC_ARCH_WORKAROUND_2);
		assert_int_equal(asked_for[2], cases[i].wanted);
	}
}

/* A board without PSCI, or with that of before the calling convention. */
static void no_call_is_made_that_the_firmware_may_not_know(void **state)
{
	static const uint32_t functions[] = {
		SMCCC_ARCH_WORKAROUND_1, SMCCC_ARCH_WORKAROUND_2, SMCCC_ARCH_WORKAROUND_3};

	(void)state;
	config.arch.firmware = (struct firmware_config){.cpu_on = 0x95c1ba60};
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(call_of(functions[i], 1, 0), SMCCC_NOT_SUPPORTED);
		assert_int_equal(
			call_of(SMCCC_ARCH_FEATURES, functions[i], 0), SMCCC_NOT_SUPPORTED);
		assert_int_equal(calls, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_found_by_their_number),
		cmocka_unit_test(a_mitigation_is_switched_by_w1),
		cmocka_unit_test(no_call_is_made_that_the_firmware_may_not_know),
	};

	return cmocka_run_group_tests_name("smccc", tests, NULL, NULL);
}
