/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forwarded accesses and the writes that silence devices, with a device that writes down what it
 * gets.
 */
#include "unit.h"

#include "arch.h"
#include "device/passthrough.h"
#include "vm/quiesce.h"

#define BASE 0x0a000200ull

static struct register_write log_[8];
static unsigned logged;
static uint64_t broken; /* address that answers with an error */

bool arch_device_read(uint64_t pa, unsigned size, uint64_t *value)
{
	if (pa == broken)
		return false;
	*value = pa << 8 | size;
	return true;
}

bool arch_device_write(uint64_t pa, unsigned size, uint64_t value)
{
	log_[logged++ % 8] = (struct register_write){pa, value, size};
	return pa != broken;
}

static int set_up(void **state)
{
	(void)state;
	memset(log_, 0, sizeof(log_));
	logged = 0;
	broken = 0;
	return 0;
}

static bool was(unsigned index, uint64_t pa, uint64_t value, uint32_t size)
{
	return log_[index].pa == pa && log_[index].value == value && log_[index].size == size;
}

static void one_access_of_the_same_size_is_made(void **state)
{
	(void)state;
	for (unsigned size = 1; size <= 8; size *= 2) {
		uint64_t value = 0;

		logged = 0;
		assert_int_equal(
			passthrough_read(NULL, (const void *)BASE, 0x10, size, &value), MMIO_DONE);
		assert_int_equal(value, (BASE + 0x10) << 8 | size);
		assert_int_equal(
			passthrough_write(NULL, (const void *)BASE, 0x18, size, 0x99), MMIO_DONE);
		assert_int_equal(logged, 1);
		assert_true(was(0, BASE + 0x18, 0x99, size));
	}
}

static void an_error_of_the_device_is_a_fault(void **state)
{
	uint64_t value = 7;

	(void)state;
	broken = BASE + 8;
	assert_int_equal(passthrough_read(NULL, (const void *)BASE, 8, 4, &value), MMIO_FAULT);
	assert_int_equal(value, 7);
	assert_int_equal(passthrough_write(NULL, (const void *)BASE, 8, 4, 0), MMIO_FAULT);
}

static const struct register_write writes[] = {{0x1000, 1, 4}, {0x1008, 2, 8}, {0x2001, 3, 1}};
static const struct vm_config vm = {.quiesce = {writes, 3}};

static void devices_are_silenced_in_order(void **state)
{
	(void)state;
	assert_true(vm_quiesce(&vm));
	assert_int_equal(logged, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_true(was(i, writes[i].pa, writes[i].value, writes[i].size));
}

static void one_device_that_fails_keeps_no_other_from_silence(void **state)
{
	(void)state;
	broken = 0x1008;
	assert_false(vm_quiesce(&vm));
	assert_int_equal(logged, 3);
}

static void a_vm_without_devices_is_silent(void **state)
{
	static const struct vm_config none;

	(void)state;
	assert_true(vm_quiesce(&none));
	assert_int_equal(logged, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_access_of_the_same_size_is_made, set_up),
		cmocka_unit_test_setup(an_error_of_the_device_is_a_fault, set_up),
		cmocka_unit_test_setup(devices_are_silenced_in_order, set_up),
		cmocka_unit_test_setup(one_device_that_fails_keeps_no_other_from_silence, set_up),
		cmocka_unit_test_setup(a_vm_without_devices_is_silent, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
