/* SPDX-License-Identifier: Apache-2.0 */
/* format_va() against the host's printf(). */
#include "unit.h"

#include "lib/format.h"

static char out[256];
static unsigned used;

static void put(char c)
{
	assert_in_range(used, 0, sizeof(out) - 2);
	out[used++] = c;
	out[used] = '\0';
}

__attribute__((format(printf, 1, 2))) static const char *formatted(const char *format, ...)
{
	va_list arguments;

	used = 0;
	out[0] = '\0';
	va_start(arguments, format);
	format_va(put, format, arguments);
	va_end(arguments);
	return out;
}

/* The host's own printf is the reference. */
#define SAME(...)                                                                                  \
	do {                                                                                       \
		char expected[256];                                                                \
		snprintf(expected, sizeof(expected), __VA_ARGS__);                                 \
		assert_string_equal(formatted(__VA_ARGS__), expected);                             \
	} while (0)

static void numbers_are_printed_as_printf_does(void **state)
{
	static const uint64_t values[] = {0, 1, 9, 10, 0x7f, 0x7fffffff, 0x80000000, 0xffffffff,
		1ull << 32, INT64_MAX, 1ull << 63, UINT64_MAX};

	(void)state;
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		int narrow = (int)values[i];
		long wide = (long)values[i];

		SAME("%d %u %x", narrow, (unsigned)narrow, (unsigned)narrow);
		SAME("%ld %lu %lx %zu", wide, values[i], values[i], (size_t)values[i]);
		SAME("[%5d] [%05d] [%-5d] [%12d] [%012d]", narrow, narrow, narrow, narrow, narrow);
		SAME("[%16lx] [%016lx] [%-16lx] [%24lu] [%024ld]", values[i], values[i], values[i],
			values[i], wide);
	}
}

static void text_is_padded(void **state)
{
	(void)state;
	SAME("%s|%8s|%-8s|%2s|%c|%3c|%-3c|%%", "abc", "abc", "abc", "abc", 'x', 'y', 'z');
	assert_string_equal(formatted("%s", ""), "");
	const char *volatile nothing = NULL;
	assert_string_equal(formatted("%s", nothing), "(null)");
}

static void pointers_have_a_prefix(void **state)
{
	(void)state;
	assert_string_equal(formatted("%p", (void *)0x40080000), "0x40080000");
	assert_string_equal(formatted("%12p", (void *)0x1f), "        0x1f");
	assert_string_equal(formatted("%p", (void *)UINTPTR_MAX), "0xffffffffffffffff");
}

static void unknown_conversions_stay_and_take_nothing(void **state)
{
	const char *volatile format = "a%5q%d%";

	(void)state;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	assert_string_equal(formatted(format, 7), "a%5q7%");
#pragma GCC diagnostic pop
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_printed_as_printf_does),
		cmocka_unit_test(text_is_padded),
		cmocka_unit_test(pointers_have_a_prefix),
		cmocka_unit_test(unknown_conversions_stay_and_take_nothing),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
