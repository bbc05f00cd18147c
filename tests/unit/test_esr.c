/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of a data abort's syndrome, and the values that stores write and loads leave. */
#include "unit.h"

#include "hw/esr.h"

/* Every field for itself, all the others at 0 and at 1. */
static void every_field_is_decoded(void **state)
{
	(void)state;
	for (unsigned fields = 0; fields < 1u << 7; fields++) {
		unsigned sas = fields & 3, srt = fields >> 2 & 31;

		for (unsigned noise = 0; noise < 2; noise++) {
			uint64_t esr = (noise ? ~0x1df0000ull : 0) | sas << 22 | srt << 16;

			assert_int_equal(iss_size(esr), 1u << sas);
			assert_int_equal(iss_register(esr), srt);
		}
	}
}

/* Against what the C types do. */
static uint64_t expected(unsigned sas, bool sse, bool sf, uint64_t value)
{
	int64_t extended = 0;

	if (!sse)
		return value; /* zero-extended already; only SAS = 3 is wider than W */
	switch (sas) {
	case 0:
		extended = (int8_t)value;
		break;
	case 1:
		extended = (int16_t)value;
		break;
	case 2:
		extended = (int32_t)value;
		break;
	case 3:
		extended = (int64_t)value;
		break;
	}
	return sf ? (uint64_t)extended : (uint32_t)extended;
}

static void loads_are_extended(void **state)
{
	static const uint64_t values[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x80ff, 0xffff,
		0x7fffffff, 0x80000000, 0x8000ffff, 0xffffffff, 0x7fffffffffffffff,
		0x8000000000000000, 0xffffffffffffffff};

	(void)state;
	for (unsigned sas = 0; sas < 4; sas++) {
		for (unsigned bits = 0; bits < 4; bits++) {
			bool sse = bits & 1, sf = bits >> 1;
			uint64_t esr = sas << 22 | (uint64_t)sse << 21 | (uint64_t)sf << 15;

			for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
				uint64_t value = iss_truncate(esr, values[i]);

				assert_int_equal(value,
					values[i] &
						(sas == 3 ? UINT64_MAX : (1ull << (8 << sas)) - 1));
				if (sas == 3 && !sf)
					assert_int_equal(iss_extend(esr, value), (uint32_t)value);
				else
					assert_int_equal(iss_extend(esr, value),
						expected(sas, sse, sf, value));
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_decoded),
		cmocka_unit_test(loads_are_extended),
	};

	return cmocka_run_group_tests_name("iss", tests, NULL, NULL);
}
