/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's life, with a thread for each pCPU; functions that never return leave by longjmp(). */
#include "unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "console/owner.h"
#include "cpu/vcpu.h"
#include "report/print.h"
#include "report/reports.h"
#include "vm/end_report.h"
#include "vm/guest_ram.h"
#include "vm/lives.h"
#include "vm/quiesce.h"
#include "vm/vm.h"

#define VCPUS 4
#define LIVES 400

static struct vcpu vcpus[VCPUS];
static struct vcpu_shared shared[VCPUS];
static struct vm state;
static struct vm_shared vm_shared;

#define VCPU(i)                                                                                    \
	{                                                                                          \
		.vm = &ours, .state = &vcpus[i], .shared = &shared[i], .index = (i)                \
	}
static const struct vm_config vms[];
#define ours  vms[0]
#define other vms[1] /* keeps the machine on, and does nothing else */
static struct vm_shared other_shared;
static const struct vcpu_config configs[VCPUS] = {VCPU(0), VCPU(1), VCPU(2), VCPU(3)};
static const struct guest_ram ram[] = {
	{.ipa = 0x40000000, .pa = 0x60000000, .size = 0x10000},
	{.ipa = 0xfffffffffffff000, .pa = 0x70000000, .size = 0x1000},
};
static const struct vm_config vms[] = {{.name = "vm",
					       .state = &state,
					       .shared = &vm_shared,
					       .vcpus = configs,
					       .vcpu_count = VCPUS,
					       .restart_limit = 3,
					       .ram = ram,
					       .ram_count = 2},
	{.name = "other", .shared = &other_shared}};
const struct system_config system_config = {
	.vms = vms, .vm_count = 2, .vcpus = configs, .vcpu_count = VCPUS};

enum { IN_GUEST = 1, IDLE, ENDED };
static _Thread_local jmp_buf escape;
static _Atomic int in_guest;
static _Atomic unsigned lives_left; /* before the guest goes off by itself */
/* The operator ends lives, too, and the guest ends them in every way. */
static bool by_request;
static unsigned loads; /* of vCPU 0's thread */
static bool stop_while_loading;
static unsigned scrubs; /* of whoever parks last */
static bool device_goes_on;
static _Atomic bool off;
static bool running[VCPUS]; /* left behind by its thread, read by whoever starts the next life */
static _Atomic unsigned parks[VCPUS];

/* relaxed, so that this orders nothing: the code under test has to. */
static void enter(int by)
{
	atomic_fetch_add_explicit(&in_guest, by, memory_order_relaxed);
}

static int guests(void)
{
	return atomic_load_explicit(&in_guest, memory_order_relaxed);
}

void print(const char *format, ...)
{
	(void)format;
}

void report_begin(void)
{
}

void report_end(void)
{
}

void vm_report_end(const struct vm_config *config, enum vm_stop stop, bool again, bool silent)
{
	(void)config;
	(void)stop;
	(void)again;
	(void)silent;
}

bool arch_kick_reaches(const struct vcpu_config *target)
{
	(void)target;
	return true;
}

void console_lend(const struct vm_config *config)
{
	(void)config;
}

void console_regain(const struct vm_config *config)
{
	uint32_t life = atomic_load_explicit(&config->shared->life, memory_order_relaxed);

	if (VM_LIFE_STATE(life) != VM_STOPPING)
		abort(); /* the UART would be taken from a life that has been lent it */
}

void arch_vm_halt(const struct vm_config *config)
{
	(void)config;
}

void arch_kick(const struct vcpu_config *target)
{
	(void)target; /* the threads look at their request words all the time */
}

void arch_vm_load(const struct vm_config *config, bool first)
{
	(void)config;
	if (guests() != 0)
		abort(); /* images are copied under a running vCPU */
	for (unsigned i = 0; i < VCPUS; i++) {
		/* It has parked once in each life before this one, and in this one, too, if it was
		 * asked to stop already. */
		unsigned times = atomic_load_explicit(&parks[i], memory_order_relaxed);
		unsigned number =
			VM_LIFE_NUMBER(atomic_load_explicit(&vm_shared.life, memory_order_relaxed));

		if (running[i] || (times != number - 1 && (times != number || i == 0)))
			abort();
	}
	if (first != (loads == 0))
		abort();
	loads++;
	if (stop_while_loading)
		assert_true(vm_ask(&ours, VM_REQUEST_STOP));
}

bool vm_quiesce(const struct vm_config *config)
{
	(void)config;
	if (guests() != 0)
		abort();
	return !device_goes_on;
}

void arch_vm_reset(const struct vm_config *config)
{
	(void)config;
	if (guests() != 0)
		abort();
	scrubs++;
}

void arch_vcpu_park(struct vcpu *vcpu)
{
	atomic_fetch_add_explicit(&parks[vcpu->config->index], 1, memory_order_relaxed);
	if (!running[vcpu->config->index])
		return;
	enter(-1);
	running[vcpu->config->index] = false;
}

void arch_vcpu_idle(struct vcpu *vcpu)
{
	(void)vcpu;
	longjmp(escape, IDLE);
}

void arch_vcpu_start(struct vcpu *vcpu, uint64_t entry, uint64_t dtb)
{
	(void)entry;
	(void)dtb;
	running[vcpu->config->index] = true;
	enter(1);
	/* What CPU_ON does, without PSCI. */
	for (unsigned i = 1; i < VCPUS; i++)
		vcpu_request(&configs[i], REQUEST_POWER);
	longjmp(escape, IN_GUEST);
}

void arch_machine_end(enum machine_end end)
{
	if (end != MACHINE_OFF)
		abort();
	atomic_store_explicit(&off, true, memory_order_relaxed);
	longjmp(escape, ENDED);
}

static void power(struct vcpu *vcpu)
{
	if (!vm_is_running(&ours) || running[vcpu->config->index])
		return;
	running[vcpu->config->index] = true;
	enter(1);
}

/* How the guest ends its life. */
static enum vm_stop end_of_life(uint64_t *seed)
{
	static const enum vm_stop ends[] = {VM_STOP_OFF, VM_STOP_RESET, VM_STOP_RESET,
		VM_STOP_CRASH, VM_STOP_CRASH, VM_STOP_CRASH, VM_STOP_CRASH, VM_STOP_WATCHDOG};
	unsigned left = atomic_load_explicit(&lives_left, memory_order_relaxed);

	if (by_request)
		return ends[random_next(seed) % 8];
	/* Two threads may count the same life: the number is not exact. */
	if (left > 0)
		atomic_store_explicit(&lives_left, left - 1, memory_order_relaxed);
	return left > 0 ? VM_STOP_RESET : VM_STOP_OFF;
}

/* One pCPU: serves its request word; its guest stops the VM now and then, often several at once. */
static void *pcpu(void *argument)
{
	struct vcpu *vcpu = argument;
	static _Thread_local uint64_t seed;

	seed = 88172645463325252 + vcpu->config->index;
	if (vcpu->config->index == 0 && !setjmp(escape))
		vm_start(vcpu);
	while (!atomic_load_explicit(&off, memory_order_relaxed)) {
		uint32_t work =
			atomic_exchange_explicit(&vcpu->shared->requests, 0, memory_order_acquire);

		if (setjmp(escape))
			continue;
		if (work & REQUEST_VM)
			vm_serve(vcpu);
		if (work & REQUEST_POWER)
			power(vcpu);
		if (running[vcpu->config->index] && random_next(&seed) % 8 == 0)
			vm_stop(vcpu, end_of_life(&seed));
		cpu_relax();
	}
	return NULL;
}

static pthread_t threads[VCPUS];

static void power_on(void)
{
	memset(vcpus, 0, sizeof(vcpus));
	memset(shared, 0, sizeof(shared));
	memset(running, 0, sizeof(running));
	memset(&state, 0, sizeof(state));
	memset(&vm_shared, 0, sizeof(vm_shared));
	in_guest = 0;
	loads = scrubs = 0;
	off = false;
	vm_expect_all();
	for (unsigned i = 0; i < VCPUS; i++) {
		parks[i] = 0;
		vcpus[i].config = &configs[i];
		vcpus[i].vm = &ours;
		vcpus[i].shared = &shared[i];
	}
}

static void machine_on(void)
{
	power_on();
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_create(&threads[i], NULL, pcpu, &vcpus[i]);
}

/*
 * The other VM goes: the machine goes off, here or with the vCPU that counts the VM out, only if no
 * VM is left.
 */
static void last_vm_gone(void)
{
	assert_false(atomic_load_explicit(&off, memory_order_relaxed));
	if (!setjmp(escape))
		vm_is_absent(&other);
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(guests(), 0);
	for (unsigned i = 0; i < VCPUS; i++)
		assert_int_equal(parks[i], VM_LIFE_NUMBER(vm_shared.life));
	assert_int_equal(scrubs, VM_LIFE_NUMBER(vm_shared.life) + 1);
	assert_int_equal(vm_shared.restarts, VM_LIFE_NUMBER(vm_shared.life) - 1);
}

static enum vm_life state_now(void)
{
	/* acquire: what is looked at next was there before */
	return VM_LIFE_STATE(atomic_load_explicit(&vm_shared.life, memory_order_acquire));
}

static void every_life_ends_before_the_next_begins(void **unused)
{
	(void)unused;
	lives_left = LIVES;
	by_request = false;
	machine_on();
	while (state_now() != VM_OFF)
		cpu_relax();
	last_vm_gone();
	assert_int_equal(VM_LIFE_NUMBER(vm_shared.life), loads);
	assert_int_equal(vm_shared.last_stop, VM_STOP_OFF);
	assert_true(loads > LIVES / VCPUS / 2);
}

static void serve(struct vcpu *vcpu)
{
	if (!setjmp(escape))
		vm_serve(vcpu);
}

/* Without threads: every vCPU serves REQUEST_VM, vCPU 0 first. */
static enum vm_life all_serve(void)
{
	for (unsigned i = 0; i < VCPUS; i++)
		serve(&vcpus[i]);
	return state_now();
}

/* vCPU 0 ends a running VM. */
static enum vm_life after(enum vm_stop stop)
{
	assert_int_equal(state_now(), VM_RUNNING);
	if (!setjmp(escape))
		vm_stop(&vcpus[0], stop);
	return all_serve();
}

static void policy_restarts_a_vm_as_often_as_its_limit_says(void **unused)
{
	(void)unused;
	power_on();
	assert_int_equal(all_serve(), VM_RUNNING);
	assert_int_equal(after(VM_STOP_CRASH), VM_STARTING);
	assert_int_equal(all_serve(), VM_RUNNING);
	assert_int_equal(
		after(VM_STOP_RESET), VM_STARTING); /* the guest's own, which does not count */
	assert_int_equal(all_serve(), VM_RUNNING);
	assert_int_equal(after(VM_STOP_WATCHDOG), VM_STARTING);
	assert_int_equal(all_serve(), VM_RUNNING);
	assert_int_equal(after(VM_STOP_CRASH), VM_STARTING);
	assert_int_equal(all_serve(), VM_RUNNING);
	assert_int_equal(after(VM_STOP_WATCHDOG), VM_CRASHED);
	assert_int_equal(vm_shared.last_stop, VM_STOP_WATCHDOG);
	assert_int_equal(vm_shared.restarts, 4);
	assert_true(vm_ask(&ours, VM_REQUEST_START));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(all_serve(), VM_RUNNING);
		assert_int_equal(after(VM_STOP_CRASH), VM_STARTING);
	}
	assert_int_equal(all_serve(), VM_RUNNING);
	assert_int_equal(after(VM_STOP_CRASH), VM_CRASHED);
	assert_false(vm_ask(&ours, VM_REQUEST_STOP));
	assert_true(vm_ask(&ours, VM_REQUEST_RESTART));
	assert_int_equal(all_serve(), VM_RUNNING);
	assert_false(vm_ask(&ours, VM_REQUEST_START));
	assert_int_equal(after(VM_STOP_OFF), VM_OFF);
}

static void a_stop_is_heard_in_every_state(void **unused)
{
	(void)unused;
	power_on();
	assert_true(vm_ask(&ours, VM_REQUEST_STOP)); /* starting */
	assert_int_equal(all_serve(), VM_OFF);
	assert_int_equal(loads, 0);
	assert_int_equal(vm_shared.last_stop, VM_STOP_REQUEST);
	assert_true(vm_ask(&ours, VM_REQUEST_START));
	stop_while_loading = true;
	assert_int_equal(all_serve(), VM_OFF);
	assert_int_equal(loads, 1);
	stop_while_loading = false;
	assert_true(vm_ask(&ours, VM_REQUEST_START));
	assert_int_equal(all_serve(), VM_RUNNING);
	if (!setjmp(escape))
		vm_stop(&vcpus[0], VM_STOP_RESET);
	assert_true(vm_ask(&ours, VM_REQUEST_STOP)); /* stopping */
	assert_int_equal(all_serve(), VM_OFF);
	assert_int_equal(vm_shared.last_stop, VM_STOP_REQUEST);
}

static void a_vm_whose_device_goes_on_lives_no_more(void **unused)
{
	static const enum vm_stop stops[] = {
		VM_STOP_RESET, VM_STOP_CRASH, VM_STOP_OFF, VM_STOP_RESTART};

	(void)unused;
	for (unsigned i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		power_on();
		assert_int_equal(all_serve(), VM_RUNNING);
		device_goes_on = true;
		assert_int_equal(after(stops[i]), VM_ABSENT);
		device_goes_on = false;
		assert_int_equal(vm_shared.last_stop, stops[i]);
		assert_false(vm_ask(&ours, VM_REQUEST_START));
		assert_false(vm_ask(&ours, VM_REQUEST_RESTART));
		assert_int_equal(loads, 1);
	}
}

static void a_vm_whose_device_goes_on_before_it_lives_does_not_begin(void **unused)
{
	(void)unused;
	power_on();
	device_goes_on = true;
	assert_int_equal(all_serve(), VM_ABSENT);
	device_goes_on = false;
	assert_int_equal(loads, 0);
	assert_false(vm_ask(&ours, VM_REQUEST_START));
	assert_false(vm_ask(&ours, VM_REQUEST_RESTART));
	assert_false(atomic_load_explicit(&off, memory_order_relaxed)); /* the other VM lives */
}

static _Atomic unsigned granted[3]; /* requests, by what was asked */

/* Asks for this and that, as fast as it can. */
static void *operator(void *argument)
{
	static _Thread_local uint64_t seed;

	seed = *(const uint64_t *)argument;
	while (VM_LIFE_NUMBER(atomic_load_explicit(&vm_shared.life, memory_order_relaxed)) <
		LIVES) {
		enum vm_request request = (enum vm_request)(random_next(&seed) % 3);

		if (random_next(&seed) % 4 == 0 || request == VM_REQUEST_START)
			atomic_fetch_add_explicit(
				&granted[request], vm_ask(&ours, request), memory_order_relaxed);
		cpu_relax();
	}
	return NULL;
}

static void requests_meet_the_ends_that_the_guest_makes(void **unused)
{
	static const uint64_t seeds[] = {88172645463325252, 362436069362436069};
	pthread_t operators[2];

	(void)unused;
	by_request = true;
	machine_on();
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&operators[i], NULL, operator,(void *) & seeds[i]);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(operators[i], NULL);
	while (state_now() != VM_OFF && state_now() != VM_CRASHED)
		vm_ask(&ours, VM_REQUEST_STOP);
	last_vm_gone();
	assert_true(granted[VM_REQUEST_STOP] > 0 && granted[VM_REQUEST_START] > 0 &&
		    granted[VM_REQUEST_RESTART] > 0);
	assert_false(vm_ask(&ours, VM_REQUEST_STOP));
	assert_false(vm_ask(&ours, VM_REQUEST_START)); /* the machine goes off */
	assert_false(vm_ask(&other, VM_REQUEST_RESTART));
}

static void ram_is_bounded_at_both_ends(void **unused)
{
	(void)unused;
	assert_non_null(guest_ram_region(&ours, 0x40000000));
	assert_non_null(guest_ram_region(&ours, 0x4000ffff));
	assert_null(guest_ram_region(&ours, 0x3fffffff));
	assert_null(guest_ram_region(&ours, 0x40010000));
	assert_null(guest_ram_region(&ours, 0x60000000)); /* a PA */
	assert_null(guest_ram_region(&ours, 0));
	assert_non_null(guest_ram_region(&ours, UINT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_is_bounded_at_both_ends),
		cmocka_unit_test(policy_restarts_a_vm_as_often_as_its_limit_says),
		cmocka_unit_test(a_stop_is_heard_in_every_state),
		cmocka_unit_test(a_vm_whose_device_goes_on_lives_no_more),
		cmocka_unit_test(a_vm_whose_device_goes_on_before_it_lives_does_not_begin),
		cmocka_unit_test(every_life_ends_before_the_next_begins),
		cmocka_unit_test(requests_meet_the_ends_that_the_guest_makes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
