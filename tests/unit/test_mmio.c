/* SPDX-License-Identifier: Apache-2.0 */
/* The lookup of an emulated region, and devices_serve(). */
#include "unit.h"

#include "device/devices.h"
#include "device/mmio.h"

#define REGION(at, length)                                                                         \
	{                                                                                          \
		.base = (at), .size = (length)                                                     \
	}

static const struct mmio_region regions[] = {
	REGION(0x8000000, 0x10000), REGION(0x9000000, 0x1000),
	REGION(0x9001000, 0x1008), /* the next one's neighbour, and no power of two */
	REGION(0x1000, 0x1000),
	REGION(0xfffffffffffff000, 0xff8), /* to the last doubleword that there can be */
};
static const struct vm_config vm = {
	.mmio = regions, .mmio_count = sizeof(regions) / sizeof(regions[0])};

static void every_byte_of_a_region_is_found(void **state)
{
	(void)state;
	for (unsigned i = 0; i < vm.mmio_count; i++)
		for (uint64_t offset = 0; offset < regions[i].size; offset++)
			assert_ptr_equal(mmio_find(&vm, regions[i].base + offset), &regions[i]);
}

static void no_other_byte_is_found(void **state)
{
	static const uint64_t outside[] = {0, 0xfff, 0x2000, 0x7ffffff, 0x8010000, 0x8ffffff,
		0x9002008, 0x100001000, 0xffffffffffffefff, 0xfffffffffffffff8, UINT64_MAX};

	(void)state;
	for (unsigned i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		assert_null(mmio_find(&vm, outside[i]));
}

static void an_aligned_access_stays_within_its_region(void **state)
{
	(void)state;
	for (unsigned i = 0; i < vm.mmio_count; i++)
		for (uint64_t size = 1; size <= 8; size *= 2)
			for (uint64_t offset = 0; offset < regions[i].size; offset += size)
				assert_ptr_equal(
					mmio_find(&vm, regions[i].base + offset + size - 1),
					&regions[i]);
}

static unsigned worked[2];

static void work(const void *device)
{
	worked[(const unsigned *)device - worked]++;
}

static void every_device_that_has_work_does_it(void **state)
{
	static const struct mmio_region devices[] = {{.size = 8},
		{.serve = work, .device = &worked[0]}, {.size = 8},
		{.serve = work, .device = &worked[1]}};
	static const struct vm_config busy = {.mmio = devices, .mmio_count = 4};

	(void)state;
	devices_serve(&busy);
	assert_int_equal(worked[0], 1);
	assert_int_equal(worked[1], 1);
	devices_serve(&vm); /* which has none */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_a_region_is_found),
		cmocka_unit_test(no_other_byte_is_found),
		cmocka_unit_test(an_aligned_access_stays_within_its_region),
		cmocka_unit_test(every_device_that_has_work_does_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
