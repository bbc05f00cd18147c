/* SPDX-License-Identifier: Apache-2.0 */
/* The request word of a vCPU, and when a request kicks. */
#include "unit.h"

#include "cpu/vcpu.h"

static struct vcpu_shared shared;
static const struct vcpu_config target = {.shared = &shared};
static unsigned kicks;
static bool comes = true;

bool arch_kick_reaches(const struct vcpu_config *kicked)
{
	assert_ptr_equal(kicked, &target);
	return comes;
}

void arch_kick(const struct vcpu_config *kicked)
{
	assert_ptr_equal(kicked, &target);
	assert_int_not_equal(shared.requests, 0); /* the word is set first */
	kicks++;
}

static void the_first_who_asks_kicks(void **state)
{
	(void)state;
	vcpu_request(&target, REQUEST_VGIC);
	assert_int_equal(kicks, 1);
	vcpu_request(&target, REQUEST_POWER);
	vcpu_request(&target, REQUEST_VGIC);
	assert_int_equal(kicks, 1);
	comes = false; /* the first kick has not come through */
	vcpu_request(&target, REQUEST_POWER);
	assert_int_equal(kicks, 2);
	comes = true;
	assert_int_equal(shared.requests, REQUEST_VGIC | REQUEST_POWER);
}

static void who_asks_after_the_word_was_taken_kicks_again(void **state)
{
	(void)state;
	shared.requests = 0;
	kicks = 0;
	vcpu_request(&target, REQUEST_VM);
	assert_int_equal(atomic_exchange(&shared.requests, 0), REQUEST_VM);
	vcpu_request(&target, REQUEST_VM);
	assert_int_equal(kicks, 2);
	assert_int_equal(shared.requests, REQUEST_VM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_who_asks_kicks),
		cmocka_unit_test(who_asks_after_the_word_was_taken_kicks_again),
	};

	return cmocka_run_group_tests_name("vcpu", tests, NULL, NULL);
}
