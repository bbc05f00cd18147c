/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's timer is set for the first of a vCPU's deadlines. */
#include "unit.h"

#include "cpu/vcpu.h"

static uint64_t timer;

void arch_timer_set(uint64_t at)
{
	timer = at;
}

static void the_timer_is_that_of_the_first_deadline(void **state)
{
	struct vcpu vcpu = {.config = NULL};

	(void)state;
	assert_int_equal(deadline_of(&vcpu, DEADLINE_CONSOLE), TIMER_NEVER);
	deadline_set(&vcpu, DEADLINE_WATCHDOG, 200);
	assert_int_equal(timer, 200);
	deadline_set(&vcpu, DEADLINE_CONSOLE, 100);
	assert_int_equal(timer, 100);
	deadline_set(&vcpu, DEADLINE_WATCHDOG, 0);
	assert_int_equal(timer, 0);
	deadline_set(&vcpu, DEADLINE_WATCHDOG, TIMER_NEVER);
	assert_int_equal(timer, 100);
	assert_int_equal(deadline_of(&vcpu, DEADLINE_WATCHDOG), TIMER_NEVER);
	deadline_set(&vcpu, DEADLINE_CONSOLE, TIMER_NEVER);
	assert_int_equal(timer, TIMER_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_timer_is_that_of_the_first_deadline)};

	return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
