/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI calls of guests, also with several callers and one target at once. */
#include "unit.h"

#include <pthread.h>
#include <stdlib.h>

#include "cpu/vcpu.h"
#include "trap/psci.h"
#include "vcpu/life.h"
#include "vm/vm.h"

#define RAM_BASE 0x40000000u
#define RAM_SIZE 0x10000u
#define VCPUS    4
#define CALLERS  3
#define ROUNDS   3000

#define CPU_ON_64        (PSCI_CPU_ON | 0x40000000u)
#define AFFINITY_INFO_64 (PSCI_AFFINITY_INFO | 0x40000000u)

static struct vcpu vcpus[VCPUS];
static struct vm_shared shared;
static _Atomic unsigned asked; /* REQUEST_POWER requests */

#define VCPU(i)                                                                                    \
	{                                                                                          \
		.vm = &vm, .state = &vcpus[i], .index = (i), .arch = {                             \
			.vmpidr = 0x80000000u | (i)                                                \
		}                                                                                  \
	}
static const struct vm_config vm;
static const struct vcpu_config vcpu_configs[VCPUS] = {VCPU(0), VCPU(1), VCPU(2), VCPU(3)};
static const struct guest_ram ram = {.ipa = RAM_BASE, .size = RAM_SIZE};
static const struct vm_config vm = {
	.vcpus = vcpu_configs, .vcpu_count = VCPUS, .shared = &shared, .ram = &ram, .ram_count = 1};

/* Where the functions that never return go instead, and what they were called with. */
static _Thread_local jmp_buf escape;
static _Thread_local uint64_t started_entry, started_context;
static _Thread_local enum vm_stop stopped;
enum { STARTED = 1, IDLE, STOPPED };

void vcpu_request(const struct vcpu_config *target, uint32_t bits)
{
	(void)target;
	assert_int_equal(bits, REQUEST_POWER);
	asked++;
}

void arch_vcpu_start(struct vcpu *vcpu, uint64_t entry, uint64_t context)
{
	(void)vcpu;
	started_entry = entry;
	started_context = context;
	longjmp(escape, STARTED);
}

void arch_vcpu_idle(struct vcpu *vcpu)
{
	(void)vcpu;
	longjmp(escape, IDLE);
}

void vm_stop(struct vcpu *vcpu, enum vm_stop stop)
{
	(void)vcpu;
	stopped = stop;
	longjmp(escape, STOPPED);
}

static unsigned standbys;

void vcpu_standby(struct vcpu *vcpu)
{
	(void)vcpu;
	standbys++;
}

void vcpu_power_down(struct vcpu *vcpu)
{
	/* before the vCPU may be started again */
	assert_int_equal(vcpu->arch.power.state, POWER_ON);
}

static int setup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VCPUS; i++) {
		vcpus[i] = (struct vcpu){.config = &vcpu_configs[i], .vm = &vm};
		vcpus[i].arch.power.state = i ? POWER_OFF : POWER_ON;
	}
	shared.life = VM_RUNNING;
	asked = 0;
	return 0;
}

static int64_t call(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t args[4] = {function, a, b, c};

	return psci_call(&vcpus[0], function, args);
}

static void version_and_features_are_those_of_1_1(void **state)
{
	static const uint32_t there[] = {0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003,
		0xc4000003, 0x84000004, 0xc4000004, 0x84000006, 0x84000008, 0x84000009, 0x8400000a,
		0x80000000};
	unsigned found = 0;

	(void)state;
	assert_int_equal(call(PSCI_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
	for (unsigned i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		assert_int_equal(call(PSCI_FEATURES, there[i], 0, 0), PSCI_SUCCESS);
	/* and nothing else in either range */
	for (uint32_t low = 0; low < 0x20; low++)
		for (unsigned bits = 0; bits < 2; bits++)
			if (call(PSCI_FEATURES, (bits ? 0xc4000000 : 0x84000000) + low, 0, 0) ==
				PSCI_SUCCESS)
				found++;
	assert_int_equal(found, 12);
	assert_int_equal(call(0x8400001f, 0, 0, 0), PSCI_NOT_SUPPORTED);
	assert_int_equal(call(0xc4000000, 0, 0, 0), PSCI_NOT_SUPPORTED);
}

static void cpu_on_answers_by_the_targets_state(void **state)
{
	static const int64_t expected[] = {[POWER_OFF] = PSCI_SUCCESS,
		[POWER_CLAIMED] = PSCI_ON_PENDING,
		[POWER_STARTING] = PSCI_ON_PENDING,
		[POWER_ON] = PSCI_ALREADY_ON};
	static const int64_t affinity[] = {
		[POWER_OFF] = 1, [POWER_CLAIMED] = 2, [POWER_STARTING] = 2, [POWER_ON] = 0};

	(void)state;
	for (unsigned i = POWER_OFF; i <= POWER_ON; i++) {
		vcpus[1].arch.power.state = i;
		assert_int_equal(call(AFFINITY_INFO_64, 1, 0, 0), affinity[i]);
		assert_int_equal(call(CPU_ON_64, 1, RAM_BASE, 0), expected[i]);
	}
	assert_int_equal(asked, 1);
	assert_int_equal(call(CPU_ON_64, 0, RAM_BASE, 0), PSCI_ALREADY_ON);
}

static void cpu_on_refuses_what_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(call(CPU_ON_64, 4, RAM_BASE, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(CPU_ON_64, 0x80000001, RAM_BASE, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(CPU_ON_64, 0x100000001, RAM_BASE, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(CPU_ON_64, 1, RAM_BASE - 4, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(call(CPU_ON_64, 1, RAM_BASE + RAM_SIZE, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(call(CPU_ON_64, 1, RAM_BASE + 2, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(call(AFFINITY_INFO_64, 1, 1, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(AFFINITY_INFO_64, 9, 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(vcpus[1].arch.power.state, POWER_OFF);
	assert_int_equal(asked, 0);
}

static void a_32_bit_call_has_32_bit_arguments(void **state)
{
	const uint64_t junk = 0xdeadbeef00000000;

	(void)state;
	assert_int_equal(call(PSCI_CPU_ON, junk | 1, junk | RAM_BASE, junk | 7), PSCI_SUCCESS);
	assert_int_equal(vcpus[1].arch.power.entry, RAM_BASE);
	assert_int_equal(vcpus[1].arch.power.context, 7);
	assert_int_equal(call(PSCI_AFFINITY_INFO, junk | 1, junk, 0), 2);
}

static void calls_that_end_something_do_not_return(void **state)
{
	(void)state;
	if (!setjmp(escape))
		call(PSCI_SYSTEM_OFF, 0, 0, 0);
	assert_int_equal(stopped, VM_STOP_OFF);
	if (!setjmp(escape))
		call(PSCI_SYSTEM_RESET, 0, 0, 0);
	assert_int_equal(stopped, VM_STOP_RESET);
	if (!setjmp(escape))
		call(PSCI_CPU_OFF, 0, 0, 0);
	assert_int_equal(vcpus[0].arch.power.state, POWER_OFF);
	assert_int_equal(call(PSCI_CPU_SUSPEND, 0x10000, 0, 0), PSCI_SUCCESS);
	assert_int_equal(standbys, 1);
}

static void a_stopping_vm_starts_no_vcpu(void **state)
{
	(void)state;
	assert_int_equal(call(CPU_ON_64, 1, RAM_BASE, 0), PSCI_SUCCESS);
	shared.life = VM_STOPPING;
	if (setjmp(escape))
		fail_msg("vCPU 1 was started");
	psci_serve(&vcpus[1]);
}

/* ---- several callers and one target at once ---- */

static _Atomic unsigned succeeded, finished;

static void *caller(void *argument)
{
	uint64_t self = (uint64_t)argument;

	for (unsigned round = 0; round < ROUNDS; round++) {
		const uint64_t args[4] = {
			CPU_ON_64, 3, RAM_BASE + 4 * (round % 0x1000), (uint64_t)round << 8 | self};
		int64_t result = psci_call(&vcpus[self], CPU_ON_64, args);

		if (result == PSCI_SUCCESS)
			succeeded++;
		else if (result != PSCI_ALREADY_ON && result != PSCI_ON_PENDING)
			abort();
	}
	finished++;
	return NULL;
}

/* Starts whenever it is asked to, and goes off again. Counts in *argument. */
static void *target(void *argument)
{
	_Atomic unsigned *volatile starts = argument;
	const uint64_t none[4] = {0};
	volatile bool last = false;

	while (!last) {
		last = finished == CALLERS; /* then one more look */
		if (setjmp(escape) == STARTED) {
			if (started_entry != RAM_BASE + 4 * ((started_context >> 8) % 0x1000))
				abort(); /* entry and context of different callers */
			(*starts)++;
			last = false;
			if (!setjmp(escape))
				psci_call(&vcpus[3], PSCI_CPU_OFF, none);
			continue;
		}
		psci_serve(&vcpus[3]);
	}
	return NULL;
}

static void each_success_is_one_start_under_contention(void **state)
{
	static _Atomic unsigned starts;
	pthread_t threads[CALLERS + 1];

	(void)state;
	pthread_create(&threads[CALLERS], NULL, target, &starts);
	for (uint64_t i = 0; i < CALLERS; i++)
		pthread_create(&threads[i], NULL, caller, (void *)i);
	for (unsigned i = 0; i <= CALLERS; i++)
		pthread_join(threads[i], NULL);
	assert_true(starts > 0);
	assert_int_equal(starts, succeeded);
	assert_int_equal(asked, succeeded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(version_and_features_are_those_of_1_1, setup),
		cmocka_unit_test_setup(cpu_on_answers_by_the_targets_state, setup),
		cmocka_unit_test_setup(cpu_on_refuses_what_is_not_there, setup),
		cmocka_unit_test_setup(a_32_bit_call_has_32_bit_arguments, setup),
		cmocka_unit_test_setup(calls_that_end_something_do_not_return, setup),
		cmocka_unit_test_setup(a_stopping_vm_starts_no_vcpu, setup),
		cmocka_unit_test_setup(each_success_is_one_start_under_contention, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
