/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built with the thread sanitizer: an order that is too weak is a data race on what the lock
 * protects.
 */
#include "unit.h"

#include <pthread.h>

#include "lib/lock.h"

#define THREADS 4
#define ROUNDS  5000

static struct lock lock;
static uint64_t counter;
static unsigned order[THREADS];
static unsigned served;

static void *increment(void *argument)
{
	(void)argument;
	for (unsigned i = 0; i < ROUNDS; i++) {
		lock_acquire(&lock);
		counter++;
		lock_release(&lock);
	}
	return NULL;
}

static void *increment_by_try(void *argument)
{
	(void)argument;
	for (unsigned i = 0; i < ROUNDS; i++) {
		while (!lock_try(&lock))
			cpu_relax();
		counter++;
		lock_release(&lock);
	}
	return NULL;
}

static void run_threads(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t threads[THREADS];

	lock = (struct lock){0};
	counter = 0;
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, i % 2 ? first : second, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counter, THREADS * ROUNDS);
}

static void holders_exclude_each_other(void **state)
{
	(void)state;
	run_threads(increment, increment);
}

static void holders_by_try_exclude_each_other(void **state)
{
	(void)state;
	run_threads(increment_by_try, increment_by_try);
}

static void holders_of_both_kinds_exclude_each_other(void **state)
{
	(void)state;
	run_threads(increment, increment_by_try);
}

static void try_takes_a_free_lock_only(void **state)
{
	(void)state;
	lock = (struct lock){0};
	assert_true(lock_try(&lock));
	assert_false(lock_try(&lock));
	lock_release(&lock);
	assert_true(lock_try(&lock));
	lock_release(&lock);
	lock_acquire(&lock);
	assert_false(lock_try(&lock));
	lock_release(&lock);
}

static void tickets_wrap_around(void **state)
{
	(void)state;
	lock.next = UINT32_MAX;
	lock.serving = UINT32_MAX;
	for (unsigned i = 0; i < 3; i++) {
		lock_acquire(&lock);
		assert_false(lock_try(&lock));
		lock_release(&lock);
		assert_true(lock_try(&lock));
		lock_release(&lock);
	}
}

static void *take_turn(void *argument)
{
	lock_acquire(&lock);
	order[served++] = *(unsigned *)argument;
	lock_release(&lock);
	return NULL;
}

static void waiters_are_served_in_order_of_arrival(void **state)
{
	unsigned number[THREADS] = {0};
	pthread_t threads[THREADS];

	(void)state;
	lock = (struct lock){0};
	served = 0;
	lock_acquire(&lock);
	for (unsigned i = 0; i < THREADS; i++) {
		number[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, take_turn, &number[i]), 0);
		while (atomic_load_explicit(&lock.next, memory_order_relaxed) != i + 2)
			sched_yield();
	}
	lock_release(&lock);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(order[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(try_takes_a_free_lock_only),
		cmocka_unit_test(tickets_wrap_around),
		cmocka_unit_test(holders_exclude_each_other),
		cmocka_unit_test(holders_by_try_exclude_each_other),
		cmocka_unit_test(holders_of_both_kinds_exclude_each_other),
		cmocka_unit_test(waiters_are_served_in_order_of_arrival),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
