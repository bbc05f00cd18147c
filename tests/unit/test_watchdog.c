/* SPDX-License-Identifier: Apache-2.0 */
/* The generic watchdog against a clock that the tests turn. */
#include "unit.h"

#include <string.h>

#include "cpu/vcpu.h"
#include "device/watchdog.h"
#include "vm/lives.h"

enum {
	WCS = 0,
	WOR = 8,
	WOR_HIGH = 12,
	WCV = 16,
	WCV_HIGH = 20,
	WRR = 0x1000,
	EN = 1,
	WS0 = 2,
	INTID = 36
};

static struct vcpu vcpus[2];
static struct watchdog dog;
static const struct vm_config vm;
static const struct vcpu_config configs[] = {
	{.vm = &vm, .state = &vcpus[0], .index = 0}, {.vm = &vm, .state = &vcpus[1], .index = 1}};
static struct vm_shared shared;
static const struct vm_config vm = {
	.name = "vm", .shared = &shared, .vcpus = configs, .vcpu_count = 2};
static const struct watchdog_config config = {
	.state = &dog, .irq = {.vm = &vm, .intid = INTID, .level = &dog.signalled}};

static uint64_t clock, armed; /* vCPU 0's timer */
static unsigned lines, asked, ended;
static bool line;

uint64_t arch_counter(void)
{
	return clock;
}

void deadline_set(struct vcpu *vcpu, enum deadline which, uint64_t at)
{
	assert_ptr_equal(vcpu, &vcpus[0]); /* the other pCPU's interrupt is not enabled */
	assert_int_equal(which, DEADLINE_WATCHDOG);
	armed = at;
}

void arch_set_interrupt_line(const struct vm_config *of, uint32_t intid, bool level)
{
	assert_ptr_equal(of, &vm);
	assert_int_equal(intid, INTID);
	assert_true(line != level);
	line = level;
	lines++;
}

void vcpu_request(const struct vcpu_config *target, uint32_t bits)
{
	assert_ptr_equal(target, &configs[0]);
	assert_int_equal(bits, REQUEST_DEVICES);
	asked++;
}

void vm_end(const struct vm_config *of, enum vm_stop stop)
{
	assert_ptr_equal(of, &vm);
	assert_int_equal(stop, VM_STOP_WATCHDOG);
	ended++;
}

static void write(unsigned cpu, uint64_t offset, uint64_t value)
{
	host_vcpu = &vcpus[cpu];
	assert_int_equal(watchdog_write(host_vcpu, &config, offset, 4, value), MMIO_DONE);
}

static uint64_t read(unsigned cpu, uint64_t offset)
{
	uint64_t value = UINT64_MAX;

	host_vcpu = &vcpus[cpu];
	assert_int_equal(watchdog_read(host_vcpu, &config, offset, 4, &value), MMIO_DONE);
	return value;
}

/* Time passes; what EL2's timer does in it. */
static void until(uint64_t time)
{
	while (armed <= time) {
		clock = armed > clock ? armed : clock;
		armed = TIMER_NEVER;
		host_vcpu = &vcpus[0];
		watchdog_serve(&config);
	}
	clock = time;
}

static int reset(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2; i++)
		vcpus[i].config = &configs[i];
	shared.life = VM_LIFE(VM_RUNNING, VM_STOP_NONE, 1);
	host_vcpu = &vcpus[1]; /* whoever parks last */
	watchdog_reset(&config);
	clock = 1000;
	armed = TIMER_NEVER;
	lines = asked = ended = 0;
	return 0;
}

static void two_stages_each_as_long_as_the_offset(void **unused)
{
	(void)unused;
	write(0, WOR, 100);
	until(5000);
	assert_int_equal(armed, TIMER_NEVER); /* off */
	write(0, WCS, EN);
	until(5100);
	assert_int_equal(read(0, WCS), EN);
	until(5101);
	assert_int_equal(read(0, WCS), EN | WS0);
	assert_true(line);
	until(5201);
	assert_int_equal(ended, 0);
	until(5202);
	assert_int_equal(ended, 1);
	assert_int_equal(armed, TIMER_NEVER);
	write(0, WRR, 0); /* too late */
	assert_int_equal(read(0, WCS), EN | WS0);
	assert_int_equal(lines, 1);
	reset(NULL);
	assert_false(line);
	assert_int_equal(read(0, WCS) | read(0, WOR) | read(0, WCV), 0);
}

static void refreshed_it_begins_anew(void **unused)
{
	(void)unused;
	write(0, WOR, 100);
	write(0, WCS, EN);
	for (unsigned i = 0; i < 50; i++) {
		until(clock + 99);
		write(i % 2, WRR, 0);
		assert_int_equal(read(1, WCV), clock + 100);
	}
	assert_int_equal(lines, 0);
	assert_int_equal(asked, 0); /* vCPU 0 finds the later time by itself */
	until(clock + 101);
	assert_true(line);
	write(1, WRR, 0);
	assert_false(line);
	assert_int_equal(read(0, WCS), EN);
}

static void another_vcpu_asks_only_for_an_earlier_time(void **unused)
{
	(void)unused;
	write(1, WOR, 100);
	write(1, WCS, EN);
	assert_int_equal(asked, 1);
	host_vcpu = &vcpus[0];
	watchdog_serve(&config);
	assert_int_equal(armed, clock + 101);
	write(1, WOR, 200);
	assert_int_equal(asked, 1);
	write(1, WOR, 50);
	assert_int_equal(asked, 2);
	host_vcpu = &vcpus[0];
	watchdog_serve(&config);
	reset(NULL); /* stops the timer of vCPU 0 as well */
	write(1, WOR, 300);
	write(1, WCS, EN);
	assert_int_equal(asked, 1);
	write(1, WCS, 0);
	assert_int_equal(asked, 1);
	until(clock + 1000);
	assert_int_equal(lines, 0);
}

static void time_is_up_for_an_access_that_comes_before_the_timer(void **unused)
{
	(void)unused;
	write(0, WOR, 100);
	write(0, WCS, EN);
	clock += 101; /* vCPU 0 is busy in EL2 */
	assert_int_equal(read(1, WCS), EN | WS0);
	clock += 101;
	write(1, WRR, 0);
	assert_int_equal(ended, 1);
}

/* vCPU 0 has parked and gets a request before the others have parked. */
static void the_timer_is_not_set_for_a_life_that_ends(void **unused)
{
	(void)unused;
	write(0, WOR, 100);
	write(0, WCS, EN);
	assert_int_equal(armed, clock + 101);
	shared.life = VM_LIFE(VM_STOPPING, VM_STOP_RESET, 1);
	armed = TIMER_NEVER;
	host_vcpu = &vcpus[0];
	watchdog_serve(&config);
	assert_int_equal(armed, TIMER_NEVER);
}

static void registers_have_their_width(void **unused)
{
	uint64_t value = 1;

	(void)unused;
	write(0, WOR_HIGH, UINT32_MAX);
	write(0, WOR, UINT32_MAX);
	assert_int_equal(dog.offset, 0xffffffffffff);
	write(0, WCS, EN);
	write(0, WCV_HIGH, UINT32_MAX);
	write(0, WCV, UINT32_MAX);
	assert_int_equal(armed, TIMER_NEVER);
	for (uint64_t offset = 0; offset < 0x2000; offset += 8) {
		assert_int_equal(watchdog_read(host_vcpu, &config, offset, 8, &value), MMIO_DONE);
		assert_int_equal(value, 0);
		assert_int_equal(watchdog_write(host_vcpu, &config, offset, 8, 0), MMIO_DONE);
	}
	assert_int_equal(read(0, WCS), EN);
	assert_int_equal(read(0, 0xfcc), read(0, 0x1fcc));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(two_stages_each_as_long_as_the_offset, reset),
		cmocka_unit_test_setup(refreshed_it_begins_anew, reset),
		cmocka_unit_test_setup(another_vcpu_asks_only_for_an_earlier_time, reset),
		cmocka_unit_test_setup(time_is_up_for_an_access_that_comes_before_the_timer, reset),
		cmocka_unit_test_setup(the_timer_is_not_set_for_a_life_that_ends, reset),
		cmocka_unit_test_setup(registers_have_their_width, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
