/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "iss.h"

/* Every field for itself, all the others at 0 and at 1. */
static void every_field_is_decoded(void **state)
{
	(void)state;
	for (unsigned fields = 0; fields < 1u << 11; fields++) {
		unsigned isv = fields & 1, sas = fields >> 1 & 3, sse = fields >> 3 & 1, srt = fields >> 4 & 31,
			 sf = fields >> 9 & 1, wnr = fields >> 10 & 1;

		for (unsigned noise = 0; noise < 2; noise++) {
			/* EC, IL, AR, FnV, EA, CM, S1PTW and DFSC */
			uint64_t esr = noise ? ~0x1ffffffull | 1u << 14 | 0x3f80 | 0x3f : 0;
			struct iss iss;

			esr &= ~(1ull << 6);
			esr |= (uint64_t)isv << 24 | sas << 22 | sse << 21 | srt << 16 | sf << 15 | wnr << 6;
			assert_int_equal(iss_decode(esr, &iss), isv);
			if (!isv)
				continue;
			assert_int_equal(iss.size, 1u << sas);
			assert_int_equal(iss.sign_extend, sse);
			assert_int_equal(iss.reg, srt);
			assert_int_equal(iss.wide, sf);
			assert_int_equal(iss.write, wnr);
		}
	}
}

/* Against what the C types do. */
static uint64_t expected(unsigned sas, bool sse, bool sf, uint64_t value)
{
	int64_t extended = 0;

	if (!sse)
		return value; /* zero-extended already, and never wider than the register but for SAS = 3 */
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
	static const uint64_t values[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x80ff, 0xffff, 0x7fffffff,
		0x80000000, 0x8000ffff, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff};

	(void)state;
	for (unsigned sas = 0; sas < 4; sas++) {
		for (unsigned bits = 0; bits < 4; bits++) {
			bool sse = bits & 1, sf = bits >> 1;
			struct iss iss = {.size = (uint8_t)(1u << sas), .sign_extend = sse, .wide = sf};

			for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
				uint64_t value = iss_truncate(&iss, values[i]);

				assert_int_equal(value, values[i] & (sas == 3 ? UINT64_MAX : (1ull << (8 << sas)) - 1));
				if (sas == 3 && !sf)
					assert_int_equal(iss_extend(&iss, value), (uint32_t)value);
				else
					assert_int_equal(iss_extend(&iss, value), expected(sas, sse, sf, value));
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
