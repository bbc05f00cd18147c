/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "mmio.h"
#include "vcpu.h"

/* What the last call of a device's function was given. */
static struct {
	unsigned calls;
	bool write;
	const void *device;
	uint64_t offset;
	unsigned size;
	uint64_t value;
} last;
static enum mmio_result answer;
static struct vcpu vcpu;
static struct vcpu_shared shared;

static enum mmio_result read_device(struct vcpu *caller, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	assert_ptr_equal(caller, &vcpu);
	last.calls++;
	last.write = false;
	last.device = device;
	last.offset = offset;
	last.size = size;
	*value = 0x5a;
	return answer;
}

static enum mmio_result write_device(struct vcpu *caller, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	read_device(caller, device, offset, size, &last.value);
	last.write = true;
	last.value = value;
	return answer;
}

#define REGION(at, length)                                                                                             \
	{                                                                                                              \
		.base = (at), .size = (length), .read = read_device, .write = write_device,                            \
		.device = (const void *)(at)                                                                           \
	}

static const struct mmio_region regions[] = {
	REGION(0x8000000, 0x10000),
	REGION(0x9000000, 0x1000),
	REGION(0x9001000, 0x1004),	    /* the next one's neighbour, and no multiple of 8 */
	REGION(0xfffffffffffff000, 0x1000), /* up to the last byte */
	REGION(0x1000, 0x1000),
};
static const struct vm_config vm = {.mmio = regions, .mmio_count = sizeof(regions) / sizeof(regions[0])};

static int setup(void **state)
{
	(void)state;
	memset(&last, 0, sizeof(last));
	answer = MMIO_DONE;
	vcpu.shared = &shared;
	vcpu.vm = &vm;
	return 0;
}

/* True if the access reached the region at `base`, and with the right arguments. */
static bool reaches(uint64_t ipa, unsigned size, uint64_t base)
{
	uint64_t value = 0x77;

	last.calls = 0;
	if (!mmio_access(&vcpu, ipa, size, false, &value)) {
		assert_int_equal(last.calls, 0);
		assert_int_equal(value, 0x77);
		return false;
	}
	assert_int_equal(value, 0x5a);
	assert_false(last.write);
	assert_int_equal(last.calls, 1);
	assert_int_equal(last.size, size);
	assert_int_equal(last.offset, ipa - base);
	return last.device == (const void *)base;
}

static void an_access_reaches_its_region(void **state)
{
	(void)state;
	for (unsigned size = 1; size <= 8; size *= 2) {
		for (unsigned i = 0; i < 4; i++) {
			assert_true(reaches(regions[i].base, size, regions[i].base));
			assert_true(reaches(regions[i].base + regions[i].size / 2 / 8 * 8, size, regions[i].base));
		}
		assert_true(reaches(0x9001000 - size, size, 0x9000000));
		assert_true(reaches(0 - (uint64_t)size, size, 0xfffffffffffff000));
	}
}

static void outside_every_region_is_refused(void **state)
{
	(void)state;
	for (unsigned size = 1; size <= 8; size *= 2) {
		assert_false(reaches(0, size, 0));
		assert_false(reaches(0x7fffff8, size, 0));
		assert_false(reaches(0x8010000, size, 0));
		assert_false(reaches(0xffffffffffffeff8, size, 0));
	}
}

static void straddling_a_regions_end_is_refused(void **state)
{
	(void)state;
	assert_true(reaches(0x9002000, 4, 0x9001000));
	assert_false(reaches(0x9002000, 8, 0x9001000));
	assert_false(reaches(0x9002004, 4, 0x9001000));
}

static void misaligned_accesses_are_refused(void **state)
{
	(void)state;
	for (unsigned size = 1; size <= 8; size *= 2) {
		for (unsigned offset = 0; offset < 8; offset++)
			assert_int_equal(reaches(0x9000010 + offset, size, 0x9000000), offset % size == 0);
	}
}

static void a_write_hands_its_value_on(void **state)
{
	uint64_t value = 0x123456789abcdef0;

	(void)state;
	assert_true(mmio_access(&vcpu, 0x9000018, 8, true, &value));
	assert_true(last.write);
	assert_int_equal(last.value, 0x123456789abcdef0);
	assert_int_equal(value, 0x123456789abcdef0);
	assert_int_equal(last.offset, 0x18);
}

static void a_devices_refusal_is_passed_on(void **state)
{
	uint64_t value = 0;

	(void)state;
	answer = MMIO_FAULT;
	assert_false(mmio_access(&vcpu, 0x9000000, 4, true, &value));
	assert_false(mmio_access(&vcpu, 0x9000000, 4, false, &value));
	assert_int_equal(last.calls, 2);
}

static void a_vm_without_regions_has_none(void **state)
{
	static const struct vm_config empty = {0};
	uint64_t value = 0;

	(void)state;
	vcpu.vm = &empty;
	assert_false(mmio_access(&vcpu, 0x9000000, 4, false, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_access_reaches_its_region, setup),
		cmocka_unit_test_setup(outside_every_region_is_refused, setup),
		cmocka_unit_test_setup(straddling_a_regions_end_is_refused, setup),
		cmocka_unit_test_setup(misaligned_accesses_are_refused, setup),
		cmocka_unit_test_setup(a_write_hands_its_value_on, setup),
		cmocka_unit_test_setup(a_devices_refusal_is_passed_on, setup),
		cmocka_unit_test_setup(a_vm_without_regions_has_none, setup),
	};

	return cmocka_run_group_tests_name("mmio", tests, NULL, NULL);
}
