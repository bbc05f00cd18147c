/* SPDX-License-Identifier: Apache-2.0 */
/* HVC and SMC of guests, over a fake firmware. */
#include "unit.h"

#include "entry.h"

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

/* What the firmware is passed on from a guest; how often. */
static uint64_t passed[SMC_ARGUMENTS];
static unsigned forwarded;

/* Leaves other values in all registers, as SMCCC 1.0 allows. */
void smc_forward(uint64_t x[SMC_ARGUMENTS])
{
	memcpy(passed, x, sizeof(passed));
	forwarded++;
	for (unsigned i = 0; i < SMC_ARGUMENTS; i++)
		x[i] = 0xf00 + i;
}

#include "trap/firmware.c"
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

static const struct firmware_range ranges[] = {
	{0xc2000000, 0xc20000ff}, {0x82000010, 0x82000010}, {0x8300ffff, 0x83ffffff}};
static struct vm private;
static struct vm_config vm = {.state = &private};
static struct vcpu_shared shared;
static struct vcpu vcpu = {.shared = &shared, .vm = &vm};
static struct guest_frame frame;

static int64_t call_of(uint64_t function, uint64_t argument, uint64_t esr)
{
	frame = (struct guest_frame){.x = {function, argument, UINT64_MAX, UINT64_MAX}};
	calls = 0;
	forwarded = 0;
	return hvc_handle(&vcpu, esr, &frame);
}

static int setup(void **state)
{
	(void)state;
	memset(&shared, 0, sizeof(shared));
	memset(&private, 0, sizeof(private));
	memset(&config, 0, sizeof(config));
	vm.arch.firmware_calls = ranges;
	vm.arch.firmware_call_count = 3;
	return 0;
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

static void a_vm_makes_the_calls_of_its_ranges_alone(void **state)
{
	static const struct {
		uint32_t function;
		bool allowed;
	} cases[] = {{0xc2000000, true}, {0xc20000ff, true}, {0xc1ffffff, false},
		{0xc2000100, false}, {0x82000010, true}, {0x8200000f, false}, {0x82000011, false},
		{0x8300ffff, true}, {0x83ffffff, true}, {0x84000000, false}, {0x42000000, false},
		{0, false}, {UINT32_MAX, false}};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t answer = call_of(cases[i].function, 0, 0);

		assert_int_equal(forwarded, cases[i].allowed);
		if (cases[i].allowed)
			assert_int_equal(answer, 0xf00);
		else if ((cases[i].function & PSCI_RANGE_MASK) != PSCI_RANGE)
			assert_int_equal(answer, SMCCC_NOT_SUPPORTED);
		vm.arch.firmware_call_count = 0;
		call_of(cases[i].function, 0, 0);
		assert_int_equal(forwarded, 0);
		vm.arch.firmware_call_count = 3;
	}
	assert_int_equal(call_of(0xc2000000, 0, 1), SMCCC_NOT_SUPPORTED); /* HVC #1 */
	assert_int_equal(forwarded, 0);
}

/* Whatever the ranges say: the generator refuses such a range, and EL2 does not rely on that. */
static void psci_is_never_passed_on(void **state)
{
	static const struct firmware_range all[] = {{0, UINT32_MAX}};

	(void)state;
	vm.arch.firmware_calls = all;
	vm.arch.firmware_call_count = 1;
	for (uint32_t number = 0; number < 0x20; number++) {
		assert_int_equal(call_of(0x84000000 + number, 0, 0), 0x84000001ll + number);
		assert_int_equal(call_of(0xc4000000 + number, 0, 0), 0xc4000001ll + number);
		assert_int_equal(forwarded, 0);
	}
}

static void eight_registers_go_in_and_four_come_out(void **state)
{
	(void)state;
	frame = (struct guest_frame){0};
	for (unsigned i = 0; i < 18; i++)
		frame.x[i] = 0x1111111100000000ull + i;
	frame.x[0] = 0xdeadbeefc2000000ull;
	assert_int_equal(smc_handle(&vcpu, ESR_IL, &frame), 0xf00);
	assert_int_equal(passed[0], 0xc2000000); /* the function id is W0 */
	for (unsigned i = 1; i < 8; i++)
		assert_int_equal(passed[i], 0x1111111100000000ull + i);
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(frame.x[i], 0xf00 + i);
	for (unsigned i = 4; i < 18; i++)
		assert_int_equal(frame.x[i], 0x1111111100000000ull + i);
	frame.x[0] = 0x82000010; /* a 32-bit call */
	smc_handle(&vcpu, ESR_IL, &frame);
	assert_int_equal(passed[4], 4);
}

static void calls_of_the_firmware_are_counted_as_such(void **state)
{
	(void)state;
	frame.x[0] = 0xc2000000;
	hvc_handle(&vcpu, 0, &frame);
	frame.x[0] = 0xc2000000;
	smc_handle(&vcpu, ESR_IL, &frame);
	call_of(0xc3000000, 0, 0);
	assert_int_equal(shared.exits[EXIT_FIRMWARE], 2);
	assert_int_equal(shared.exits[EXIT_HVC], 1);
	assert_int_equal(shared.exits[EXIT_SMC], 0);
}

/* The guest comes back to its instruction with the registers that it had. */
static void a_second_vcpu_has_to_come_again(void **state)
{
	(void)state;
	assert_true(lock_try(&private.arch.firmware));
	host_sysregs.elr_el2 = 0x1004; /* behind the HVC */
	assert_int_equal(call_of(0xffffffffc2000000, 7, 0), (int64_t)0xffffffffc2000000);
	assert_int_equal(forwarded, 0);
	assert_int_equal(host_sysregs.elr_el2, 0x1000);
	assert_int_equal(frame.x[1], 7);
	host_sysregs.elr_el2 = 0x1000; /* at the SMC, which traps before it is executed */
	frame.x[0] = 0xc2000000;
	assert_int_equal(smc_handle(&vcpu, ESR_IL, &frame), 0xc2000000);
	assert_int_equal(host_sysregs.elr_el2, 0x1000);
	assert_int_equal(shared.exits[EXIT_FIRMWARE], 0);
	lock_release(&private.arch.firmware);
	assert_int_equal(call_of(0xc2000000, 0, 0), 0xf00);
	assert_int_equal(call_of(0xc2000000, 0, 0), 0xf00); /* the lock was given back */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(calls_are_found_by_their_number, setup),
		cmocka_unit_test_setup(a_mitigation_is_switched_by_w1, setup),
		cmocka_unit_test_setup(no_call_is_made_that_the_firmware_may_not_know, setup),
		cmocka_unit_test_setup(a_vm_makes_the_calls_of_its_ranges_alone, setup),
		cmocka_unit_test_setup(psci_is_never_passed_on, setup),
		cmocka_unit_test_setup(eight_registers_go_in_and_four_come_out, setup),
		cmocka_unit_test_setup(calls_of_the_firmware_are_counted_as_such, setup),
		cmocka_unit_test_setup(a_second_vcpu_has_to_come_again, setup),
	};

	return cmocka_run_group_tests_name("smccc", tests, NULL, NULL);
}
