/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two vCPUs submit requests to one device at once and notify it only when it asks for that; a third
 * takes the interrupts, which come only when it asks for them. With the thread sanitizer: an order
 * that is too weak is a data race on a buffer, and a notification or interrupt that is lost is a
 * hang.
 */
#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "fake_driver.h"

#define ROUNDS   3000
#define SUBMIT   2
#define IN_QUEUE 3u /* requests of each */
#define SLOT     3u /* descriptors of a request */

static pthread_mutex_t driver =
	PTHREAD_MUTEX_INITIALIZER; /* what the guest's kernel locks to submit */
static _Atomic bool done[SUBMIT * IN_QUEUE];
static _Atomic unsigned running = SUBMIT;
static _Atomic unsigned notified, suppressed, interrupts;

/* True if the device wants to know of the chain made available last (2.7.10.1). */
static bool wants_notification(void)
{
	uint16_t avail_event =
		atomic_load_explicit(at16(USED + 4 + 8 * QUEUE_SIZE), memory_order_seq_cst);

	return (uint16_t)(next_avail - avail_event - 1) < 1;
}

static void submit(unsigned n, uint32_t type, uint64_t sector, uint64_t data)
{
	bool wanted;

	pthread_mutex_lock(&driver);
	request(n * SLOT, type, sector, data, 1024);
	offer(n * SLOT);
	wanted = wants_notification();
	pthread_mutex_unlock(&driver);
	if (wanted)
		notify();
	atomic_fetch_add_explicit(wanted ? &notified : &suppressed, 1, memory_order_relaxed);
}

static void wait_for(unsigned n)
{
	while (!atomic_exchange_explicit(&done[n], false, memory_order_acquire))
		sched_yield();
}

static uint8_t pattern(unsigned n, unsigned round, unsigned i)
{
	return (uint8_t)(n * 31 + round * 7 + i);
}

static void *submitter(void *argument)
{
	unsigned first = (unsigned)(uintptr_t)argument * IN_QUEUE;
	uintptr_t wrong = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned pass = 0; pass < 2; pass++) {
			for (unsigned n = first; n < first + IN_QUEUE; n++) {
				uint8_t *data = at(DATA + n * 0x1000);

				for (unsigned i = 0; i < 1024; i++)
					data[i] = pass ? 0 : pattern(n, round, i);
				submit(n, pass ? T_IN : T_OUT, n * 2, DATA + n * 0x1000);
			}
			for (unsigned n = first; n < first + IN_QUEUE; n++) {
				const uint8_t *data = at(DATA + n * 0x1000);

				wait_for(n);
				wrong += status_of(n * SLOT) != S_OK;
				for (unsigned i = 0; i < 1024; i++)
					wrong += data[i] != pattern(n, round, i);
			}
		}
	}
	atomic_fetch_sub_explicit(&running, 1, memory_order_relaxed);
	return (void *)wrong;
}

/* The interrupt handler, as a driver with event index has it. */
static void *handler(void *argument)
{
	uint16_t reaped = 0;

	(void)argument;
	while (atomic_load_explicit(&running, memory_order_relaxed) > 0) {
		uint32_t status = get(0x60);

		if (!status) {
			sched_yield();
			continue;
		}
		put(0x64, status);
		atomic_fetch_add_explicit(&interrupts, 1, memory_order_relaxed);
		do {
			for (; reaped != used_idx(); reaped++)
				atomic_store_explicit(
					&done[used_id(reaped) / SLOT], true, memory_order_release);
			atomic_store_explicit(
				at16(AVAIL + 4 + 2 * QUEUE_SIZE), reaped, memory_order_seq_cst);
		} while (atomic_load_explicit(at16(USED + 2), memory_order_seq_cst) != reaped);
	}
	return NULL;
}

static void nothing_is_lost_or_mixed_up(void **state)
{
	pthread_t threads[SUBMIT + 1];

	(void)state;
	set_up(VIRTIO_BLK_FEATURES);
	start(VIRTIO_BLK_FEATURES);
	alarm(1000);
	pthread_create(&threads[SUBMIT], NULL, handler, NULL);
	for (uintptr_t i = 0; i < SUBMIT; i++)
		pthread_create(&threads[i], NULL, submitter, (void *)i);
	for (unsigned i = 0; i <= SUBMIT; i++) {
		void *wrong = NULL;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	alarm(0);
	assert_int_equal(used_idx(), (uint16_t)(ROUNDS * 2 * SUBMIT * IN_QUEUE));
	assert_int_equal(get(0x70) & NEEDS_RESET, 0);
	print_message("# %u notifications, %u suppressed, %u interrupts\n", notified, suppressed,
		interrupts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_or_mixed_up),
	};

	return cmocka_run_group_tests_name("virtio_threads", tests, NULL, NULL);
}
