/* SPDX-License-Identifier: Apache-2.0 */
/* Images are copied, and what the caches hold of a VM's RAM is written back before. */
#include "unit.h"

#include "arch.h"
#include "entry.h"
#include "hw/cache.h"

#define LOADER 0x1000
#define RUN    0x2000

static uint8_t memory[3][256], file[32], disk[64];
static const struct guest_ram ram[2] = {
	{.pa = (uint64_t)memory[0], .size = 256}, {.pa = (uint64_t)memory[1], .size = 256}};
static const struct image images[2] = {
	{.source = (uint64_t)file,
		.target = (uint64_t)memory[0] + 64,
		.file_size = 32,
		.memory_size = 48},
	{.source = (uint64_t)file, .target = (uint64_t)disk, .memory_size = 64, .once = true},
};
static struct vm_config vm;
struct system_config config; /* as the tests change it */
extern const struct system_config system_config __attribute__((alias("config")));

/* Ranges that were cleaned and invalidated, in that order, and what the first byte was then. */
static struct {
	uint64_t base, size;
	uint8_t first;
} cleaned[8];
static unsigned cleanings;
static uint64_t view;

void cache_clean_invalidate(uint64_t base, uint64_t size)
{
	assert_int_equal(view, LOADER);
	assert_in_range(cleanings, 0, 7);
	cleaned[cleanings].base = base;
	cleaned[cleanings].size = size;
	cleaned[cleanings++].first = *(const uint8_t *)base;
}

void view_switch(uint64_t ttbr)
{
	view = ttbr;
}

static bool was_cleaned(unsigned number, const void *base, uint64_t size)
{
	return cleaned[number].base == (uint64_t)base && cleaned[number].size == size;
}

static int setup(void **state)
{
	(void)state;
	memset(memory, 0xee, sizeof(memory));
	memset(disk, 0xee, sizeof(disk));
	memset(file, 0x11, sizeof(file));
	vm = (struct vm_config){.ram = ram,
		.ram_count = 2,
		.images = images,
		.image_count = 2,
		.arch = {.loader_ttbr = LOADER, .run_ttbr = RUN}};
	config.arch.clean_caches = false;
	cleanings = 0;
	view = 0;
	return 0;
}

static void assert_filled(const void *from, uint8_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(((const uint8_t *)from)[i], value);
}

static void images_are_copied_and_their_rest_is_zeroed(void **state)
{
	(void)state;
	arch_vm_load(&vm, true);
	assert_int_equal(view, RUN);
	assert_filled(memory[0], 0xee, 64);
	assert_filled(memory[0] + 64, 0x11, 32);
	assert_filled(memory[0] + 96, 0, 16);
	assert_filled(memory[0] + 112, 0xee, 256 - 112);
	assert_filled(memory[1], 0xee, 256);
	assert_filled(disk, 0, 64);
}

/* What the firmware, or the last life, left in a cache must not come down on what is copied. */
static void ram_is_cleaned_before_images_are_copied(void **state)
{
	static const bool first[] = {true, false};

	for (unsigned i = 0; i < 2; i++) {
		setup(state);
		arch_vm_load(&vm, first[i]);
		assert_int_equal(cleanings, first[i] ? 4 : 3);
		assert_true(was_cleaned(0, memory[0], 256));
		assert_int_equal(cleaned[0].first, 0xee);
		assert_true(was_cleaned(1, memory[1], 256));
		assert_true(was_cleaned(2, memory[0] + 64, 48));
		assert_int_equal(cleaned[2].first, 0x11);
	}
}

static void caches_that_are_clean_cost_nothing_in_the_first_life(void **state)
{
	(void)state;
	config.arch.clean_caches = true;
	arch_vm_load(&vm, true);
	assert_int_equal(cleanings, 2);
	assert_true(was_cleaned(0, memory[0] + 64, 48));
	assert_true(was_cleaned(1, disk, 64));
	cleanings = 0;
	arch_vm_load(&vm, false);
	assert_int_equal(cleanings, 3);
	assert_true(was_cleaned(0, memory[0], 256));
}

static void cleared_ram_is_cleaned_when_it_is_zero(void **state)
{
	(void)state;
	config.arch.clean_caches = true;
	vm.clear = true;
	arch_vm_load(&vm, true);
	assert_int_equal(cleanings, 4);
	assert_true(was_cleaned(0, memory[0], 256));
	assert_int_equal(cleaned[0].first, 0);
	assert_filled(memory[1], 0, 256);
}

static void a_disk_that_persists_is_filled_once(void **state)
{
	(void)state;
	arch_vm_load(&vm, false);
	assert_filled(disk, 0xee, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(images_are_copied_and_their_rest_is_zeroed, setup),
		cmocka_unit_test_setup(ram_is_cleaned_before_images_are_copied, setup),
		cmocka_unit_test_setup(caches_that_are_clean_cost_nothing_in_the_first_life, setup),
		cmocka_unit_test_setup(cleared_ram_is_cleaned_when_it_is_zero, setup),
		cmocka_unit_test_setup(a_disk_that_persists_is_filled_once, setup),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
