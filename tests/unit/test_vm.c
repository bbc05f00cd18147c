/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's life, with a thread for each pCPU; functions that never return leave by longjmp(). */
#include "unit.h"

#include <pthread.h>
#include <stdlib.h>

#include "vcpu.h"
#include "vm.h"

#define VCPUS 4
#define LIVES 400

static struct vcpu vcpus[VCPUS];
static struct vcpu_shared shared[VCPUS];
static struct vm state;
static struct vm_shared vm_shared;

#define VCPU(i)                                                                                                        \
	{                                                                                                              \
		.vm = &vm, .state = &vcpus[i], .shared = &shared[i], .index = (i)                                      \
	}
static const struct vm_config vm;
static const struct vcpu_config configs[VCPUS] = {VCPU(0), VCPU(1), VCPU(2), VCPU(3)};
static const struct guest_ram ram[] = {
	{.ipa = 0x40000000, .pa = 0x60000000, .size = 0x10000},
	{.ipa = 0xfffffffffffff000, .pa = 0x70000000, .size = 0x1000},
};
static const struct vm_config vm = {.name = "vm",
	.state = &state,
	.shared = &vm_shared,
	.vcpus = configs,
	.vcpu_count = VCPUS,
	.ram = ram,
	.ram_count = 2};
const struct system_config system_config = {.vms = &vm, .vm_count = 1, .vcpus = configs, .vcpu_count = VCPUS};

enum { IN_GUEST = 1, IDLE, MACHINE_OFF };
static _Thread_local jmp_buf escape;
static _Atomic int in_guest;
static _Atomic unsigned lives_left;
static unsigned loads; /* of vCPU 0's thread */
static _Atomic bool off;
static bool running[VCPUS];   /* of its own thread */
static unsigned parks[VCPUS]; /* left behind by its thread, read by whoever starts the next life */

/* Relaxed, as nothing else may be ordered by it: that is for the code under test to do. */
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

void vcpu_report_exits(const struct vm_config *config)
{
	(void)config;
}

void arch_kick(const struct vcpu_config *target)
{
	(void)target; /* the threads look at their work words all the time */
}

void arch_vm_load(const struct vm_config *config, bool first)
{
	(void)config;
	if (guests() != 0)
		abort(); /* images are copied under a running vCPU */
	for (unsigned i = 0; !first && i < VCPUS; i++)
		if (parks[i] != loads)
			abort(); /* it parked twice, or not at all */
	if (first != (loads == 0))
		abort();
	loads++;
}

void arch_vm_reset(const struct vm_config *config)
{
	(void)config;
	if (guests() != 0)
		abort();
}

void arch_vcpu_park(struct vcpu *vcpu)
{
	parks[vcpu->config->index]++;
	if (running[vcpu->config->index])
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
	/* what CPU_ON does, short of PSCI */
	for (unsigned i = 1; i < VCPUS; i++)
		vcpu_ask(&configs[i], WORK_POWER);
	longjmp(escape, IN_GUEST);
}

void arch_machine_off(void)
{
	atomic_store_explicit(&off, true, memory_order_relaxed);
	longjmp(escape, MACHINE_OFF);
}

static void power(struct vcpu *vcpu)
{
	if (!vm_is_running(&vm) || running[vcpu->config->index])
		return;
	running[vcpu->config->index] = true;
	enter(1);
}

/* One pCPU: serves its work word; its guest stops the VM now and then, often several at once. */
static void *pcpu(void *argument)
{
	struct vcpu *vcpu = argument;
	static _Thread_local uint64_t seed;

	seed = 88172645463325252 + vcpu->config->index;
	if (vcpu->config->index == 0 && !setjmp(escape))
		vm_start(vcpu);
	while (!atomic_load_explicit(&off, memory_order_relaxed)) {
		uint32_t work = atomic_exchange_explicit(&vcpu->shared->work, 0, memory_order_acquire);

		if (setjmp(escape))
			continue;
		if (work & WORK_VM)
			vm_work(vcpu);
		if (work & WORK_POWER)
			power(vcpu);
		if (running[vcpu->config->index] && random_next(&seed) % 8 == 0) {
			unsigned left = atomic_load_explicit(&lives_left, memory_order_relaxed);

			/* two threads may count one life: the number is no promise */
			if (left > 0)
				atomic_store_explicit(&lives_left, left - 1, memory_order_relaxed);
			vm_stop(vcpu, left > 0 ? VM_STOP_RESET : VM_STOP_OFF);
		}
		cpu_relax();
	}
	return NULL;
}

static void every_life_ends_before_the_next_begins(void **unused)
{
	pthread_t threads[VCPUS];

	(void)unused;
	lives_left = LIVES;
	vm_expect_all();
	for (unsigned i = 0; i < VCPUS; i++) {
		vcpus[i].config = &configs[i];
		vcpus[i].vm = &vm;
		vcpus[i].shared = &shared[i];
	}
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_create(&threads[i], NULL, pcpu, &vcpus[i]);
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(VM_LIFE_STATE(vm_shared.life), VM_OFF);
	assert_int_equal(VM_LIFE_NUMBER(vm_shared.life), loads);
	assert_true(loads > LIVES / VCPUS / 2);
}

static void ram_is_bounded_at_both_ends(void **unused)
{
	(void)unused;
	assert_true(vm_is_ram(&vm, 0x40000000, 0x10000));
	assert_true(vm_is_ram(&vm, 0x4000fffc, 4));
	assert_false(vm_is_ram(&vm, 0x4000fffd, 4));
	assert_false(vm_is_ram(&vm, 0x3fffffff, 1));
	assert_false(vm_is_ram(&vm, 0x40010000, 1));
	assert_false(vm_is_ram(&vm, 0x40000000, UINT64_MAX));
	assert_false(vm_is_ram(&vm, 0x60000000, 4)); /* a PA */
	assert_true(vm_is_ram(&vm, UINT64_MAX, 1));
	assert_false(vm_is_ram(&vm, UINT64_MAX, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_is_bounded_at_both_ends),
		cmocka_unit_test(every_life_ends_before_the_next_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
