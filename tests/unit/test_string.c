/* SPDX-License-Identifier: Apache-2.0 */
/* The memory and string functions of the core. */
#include "unit.h"

/* hyp/lib/string.c under test: the Makefile renames its functions. */
void *own_memcpy(void *target, const void *source, size_t size);
void *own_memmove(void *target, const void *source, size_t size);
void *own_memset(void *target, int value, size_t size);
int own_memcmp(const void *left, const void *right, size_t size);
void *own_memchr(const void *memory, int value, size_t size);
size_t own_strlen(const char *text);
size_t own_strnlen(const char *text, size_t limit);
int own_strcmp(const char *left, const char *right);
char *own_strrchr(const char *text, int c);

#define LONGEST 100
#define AREA    (LONGEST + 64)

static uint8_t source[AREA], target[AREA], expected[AREA];

static void fill(void)
{
	for (unsigned i = 0; i < AREA; i++) {
		source[i] = (uint8_t)(i * 7 + 1);
		target[i] = expected[i] = (uint8_t)~i;
	}
}

static void memcpy_copies_exactly_at_every_alignment(void **state)
{
	(void)state;
	for (unsigned from = 0; from < 9; from++) {
		for (unsigned to = 0; to < 9; to++) {
			for (unsigned size = 0; size <= LONGEST; size++) {
				fill();
				memcpy(expected + to, source + from, size);
				assert_ptr_equal(
					own_memcpy(target + to, source + from, size), target + to);
				assert_memory_equal(target, expected, AREA);
			}
		}
	}
}

static void memmove_copes_with_any_overlap(void **state)
{
	(void)state;
	for (unsigned from = 0; from < 50; from++) {
		for (unsigned to = 0; to < 50; to++) {
			for (unsigned size = 0; size <= LONGEST; size += size < 40 ? 1 : 7) {
				fill();
				memmove(expected + to, expected + from, size);
				assert_ptr_equal(
					own_memmove(target + to, target + from, size), target + to);
				assert_memory_equal(target, expected, AREA);
			}
		}
	}
}

static void memset_fills_exactly_at_every_alignment(void **state)
{
	(void)state;
	for (unsigned to = 0; to < 9; to++) {
		for (unsigned size = 0; size <= LONGEST; size++) {
			fill();
			memset(expected + to, 0x1a5, size);
			assert_ptr_equal(own_memset(target + to, 0x1a5, size), target + to);
			assert_memory_equal(target, expected, AREA);
		}
	}
}

static void memcmp_compares_as_unsigned_bytes(void **state)
{
	(void)state;
	assert_int_equal(own_memcmp("abc", "abd", 2), 0);
	assert_true(own_memcmp("abc", "abd", 3) < 0);
	assert_true(own_memcmp("\xff", "\x01", 1) > 0);
	assert_int_equal(own_memcmp("a", "b", 0), 0);
	assert_true(own_memcmp("a\0c", "a\0b", 3) > 0);
}

static void characters_are_found(void **state)
{
	const char *text = "a/b/c";

	(void)state;
	assert_ptr_equal(own_memchr(text, '/', 5), text + 1);
	assert_null(own_memchr(text, 'c', 4));
	assert_ptr_equal(own_memchr(text, 'b' + 0x100, 5), text + 2);
	assert_ptr_equal(own_strrchr(text, '/'), text + 3);
	assert_ptr_equal(own_strrchr(text, '\0'), text + 5);
	assert_null(own_strrchr(text, 'x'));
}

static void texts_are_measured_and_compared(void **state)
{
	(void)state;
	assert_int_equal(own_strlen(""), 0);
	assert_int_equal(own_strlen("four"), 4);
	assert_int_equal(own_strnlen("four", 3), 3);
	assert_int_equal(own_strnlen("four", 5), 4);
	assert_int_equal(own_strnlen("four", 0), 0);
	assert_int_equal(own_strcmp("a", "a"), 0);
	assert_true(own_strcmp("a", "ab") < 0);
	assert_true(own_strcmp("b", "ab") > 0);
	assert_true(own_strcmp("\xff", "a") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memcpy_copies_exactly_at_every_alignment),
		cmocka_unit_test(memmove_copes_with_any_overlap),
		cmocka_unit_test(memset_fills_exactly_at_every_alignment),
		cmocka_unit_test(memcmp_compares_as_unsigned_bytes),
		cmocka_unit_test(characters_are_found),
		cmocka_unit_test(texts_are_measured_and_compared),
	};

	return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
