// SPDX-License-Identifier: Apache-2.0
/* Prints results in the Test Anything Protocol. */
#include "test.h"

#include <stdarg.h>

#include "cpu.h"
#include "print.h"
#include "psci.h"

static uint32_t count;
static uint32_t failed;

static void result(bool ok, const char *promise, va_list list)
{
	count++;
	failed += !ok;
	print("%s %u - ", ok ? "ok" : "not ok", count);
	print_list(promise, list);
	print("\n");
}

bool check(bool ok, const char *promise, ...)
{
	va_list list;

	va_start(list, promise);
	result(ok, promise, list);
	va_end(list);
	return ok;
}

bool check_equal(uint64_t actual, uint64_t expected, const char *promise, ...)
{
	va_list list;

	va_start(list, promise);
	result(actual == expected, promise, list);
	va_end(list);
	if (actual != expected)
		print("#   is 0x%lx, should be 0x%lx\n", actual, expected);
	return actual == expected;
}

void skip(const char *promise)
{
	print("ok %u - %s # SKIP on the plain machine\n", ++count, promise);
}

void test_end(void)
{
	print("1..%u\n", count);
	print("# %u passed, %u failed\n", count - failed, failed);
	psci_system_off();
	for (;;)
		wfi();
}
