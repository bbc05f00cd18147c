/* SPDX-License-Identifier: Apache-2.0 */
/* PSTATE and the vector of an exception that EL2 raises in its guest. */
#include "unit.h"

#include "hw/sysreg.h"
#include "trap/inject.h"

/* SPSR_EL2 of either execution state (DDI 0487, SPSR_EL2) */
enum { EL0_A64 = 0x0, EL1T = 0x4, EL1H = 0x5, USER_A32 = 0x10 };
#define NZCV (0xfull << 28)
#define DIT  BIT(24)
#define PAN  BIT(22)
#define SSBS BIT(12)

/* SCTLR_EL1 */
#define SPAN  BIT(23)
#define DSSBS BIT(44)

static const uint64_t modes[] = {EL0_A64, EL1T, EL1H, USER_A32};

/*
 * What AArch64.TakeException() keeps of PSTATE it keeps from the same bit in both execution states;
 * single step, IL, the IT state, GE and the like are left.
 */
static void flags_are_kept_bit_by_bit(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 4; m++) {
		for (unsigned bit = 5; bit < 32; bit++) {
			uint64_t spsr = modes[m] | BIT(bit);
			uint64_t kept = BIT(bit) & (NZCV | DIT | PAN);

			assert_int_equal(
				inject_pstate(spsr, SPAN, true, true), SPSR_EL1H_MASKED | kept);
		}
	}
}

static void the_guest_chooses_pan_and_ssbs(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 4; m++) {
		assert_int_equal(inject_pstate(modes[m], 0, true, true), SPSR_EL1H_MASKED | PAN);
		assert_int_equal(
			inject_pstate(modes[m], DSSBS, true, true), SPSR_EL1H_MASKED | PAN | SSBS);
		assert_int_equal(
			inject_pstate(modes[m], DSSBS | SPAN, true, true), SPSR_EL1H_MASKED | SSBS);
		assert_int_equal(inject_pstate(modes[m], DSSBS, false, false), SPSR_EL1H_MASKED);
	}
}

static void the_vector_is_that_of_the_mode(void **state)
{
	static const uint64_t vectors[] = {0x400, 0x000, 0x200, 0x600};

	(void)state;
	for (unsigned m = 0; m < 4; m++)
		assert_int_equal(inject_vector(modes[m] | NZCV | SPSR_SS), vectors[m]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_kept_bit_by_bit),
		cmocka_unit_test(the_guest_chooses_pan_and_ssbs),
		cmocka_unit_test(the_vector_is_that_of_the_mode),
	};

	return cmocka_run_group_tests_name("inject", tests, NULL, NULL);
}
