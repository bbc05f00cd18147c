/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio-blk as its driver sees it: registers, rings, requests, and every mistake that a driver
 * can make.
 */
#include "unit.h"

#include "fake_driver.h"

static const uint64_t features = VIRTIO_BLK_FEATURES;
static const uint64_t plain = VIRTIO_F_VERSION_1; /* no event index: an interrupt each time */

static bool is_pattern(const uint8_t *bytes, uint64_t offset, uint64_t size)
{
	for (uint64_t i = 0; i < size; i++)
		if (bytes[i] != (uint8_t)((offset + i) * 7 + (offset + i) / 512))
			return false;
	return true;
}

/* ---------------------------------------------------------------- registers */

static void the_device_says_what_it_is(void **state)
{
	uint64_t value;

	(void)state;
	set_up(features);
	assert_int_equal(get(0x0), 0x74726976);
	assert_int_equal(get(0x4), 2);
	assert_int_equal(get(0x8), 2);
	assert_int_equal(get(0x10), (uint32_t)features);
	put(0x14, 1);
	assert_int_equal(get(0x10), features >> 32);
	put(0x14, 2);
	assert_int_equal(get(0x10), 0);
	put(0x14, UINT32_MAX);
	assert_int_equal(get(0x10), 0);
	assert_int_equal(get(0x34), 128);
	put(0x30, 1);
	assert_int_equal(get(0x34), 0);
	assert_int_equal(get(0xb0), UINT32_MAX);
	assert_int_equal(get(0xb4), UINT32_MAX);
	assert_int_equal(get(0xfc), 0);
	assert_int_equal(get(0x100), DISK_SIZE / 512);
	assert_int_equal(get(0x104), 0);
	assert_int_equal(get(0x10c), 126);
	assert_int_equal(get(0x110), 0);
	assert_int_equal(virtio_blk_read(NULL, &device, 0x10c, 1, &value), MMIO_DONE);
	assert_int_equal(value, 126);
	assert_int_equal(virtio_blk_read(NULL, &device, 0x10e, 2, &value), MMIO_DONE);
	assert_int_equal(value, 0);
}

static void registers_are_accessed_by_words(void **state)
{
	static const unsigned sizes[] = {1, 2, 8};
	uint64_t value;

	(void)state;
	set_up(features);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(
			virtio_blk_read(NULL, &device, 0x70, sizes[i], &value), MMIO_FAULT);
		assert_int_equal(virtio_blk_write(NULL, &device, 0x70, sizes[i], 1), MMIO_FAULT);
	}
	assert_int_equal(virtio_blk_read(NULL, &device, 0x100, 8, &value), MMIO_FAULT);
	assert_int_equal(virtio_blk_write(NULL, &device, 0x100, 8, 1), MMIO_FAULT);
	assert_int_equal(virtio_blk_write(NULL, &device, 0x100, 4, 1), MMIO_DONE);
	assert_int_equal(get(0x100), DISK_SIZE / 512);
	assert_int_equal(get(0x70), 0);
}

static void features_are_negotiated(void **state)
{
	(void)state;
	set_up(features);
	negotiate(features);
	assert_int_equal(get(0x70), ACKNOWLEDGE | DRIVER | FEATURES_OK);
	negotiate(features & ~VIRTIO_F_VERSION_1);
	assert_int_equal(get(0x70), ACKNOWLEDGE | DRIVER);
	negotiate(features | VIRTIO_BLK_F_RO);
	assert_int_equal(get(0x70), ACKNOWLEDGE | DRIVER);
	put(0x70, 0);
	put(0x24, 2);
	put(0x20, 1);
	put(0x24, 1);
	put(0x20, 1);
	put(0x70, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	assert_int_equal(get(0x70), ACKNOWLEDGE | DRIVER);
	/* Features cannot be changed any more. */
	negotiate(plain);
	put(0x24, 0);
	put(0x20, UINT32_MAX);
	put(0x70, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
	assert_int_equal(get(0x70), ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

static void status_bits_stay_until_reset(void **state)
{
	(void)state;
	set_up(features);
	put(0x70, ACKNOWLEDGE | DRIVER | DRIVER_OK);
	assert_int_equal(get(0x70), ACKNOWLEDGE | DRIVER); /* no features yet */
	put(0x70, NEEDS_RESET | 16 | 32);
	assert_int_equal(get(0x70), ACKNOWLEDGE | DRIVER);
	put(0x70, 128);
	assert_int_equal(get(0x70), ACKNOWLEDGE | DRIVER | 128);
	put(0x70, 0);
	assert_int_equal(get(0x70), 0);
}

static void a_queue_is_made_of_the_guests_ram(void **state)
{
	static const struct {
		uint32_t size;
		uint64_t desc, avail, used;
		bool good;
	} cases[] = {
		{8, DESC, AVAIL, USED, true},
		{128, DESC, AVAIL, USED, true},
		{1, DESC, AVAIL, USED, true},
		{0, DESC, AVAIL, USED, false},
		{256, DESC, AVAIL, USED, false},
		{12, DESC, AVAIL, USED, false},
		{UINT32_MAX, DESC, AVAIL, USED, false},
		{8, DESC + 8, AVAIL, USED, false},
		{8, DESC, AVAIL + 1, USED, false},
		{8, DESC, AVAIL, USED + 2, false},
		{8, 0, AVAIL, USED, false},
		{8, DESC, 0, USED, false},
		{8, DESC, AVAIL, 0, false},
		{8, RAM_IPA + 2 * RAM_SIZE - 0x80, AVAIL, USED, true},
		{8, RAM_IPA + 2 * RAM_SIZE - 0x70, AVAIL, USED, false},
		{8, DESC, RAM_IPA + 2 * RAM_SIZE - 22, USED, true},
		{8, DESC, RAM_IPA + 2 * RAM_SIZE - 20, USED, false},
		{8, DESC, AVAIL, RAM_IPA + 2 * RAM_SIZE - 72, true},
		{8, DESC, AVAIL, RAM_IPA + 2 * RAM_SIZE - 68, false},
		{8, DESC, AVAIL, RAM_IPA + RAM_SIZE - 68, false}, /* in two pieces */
		{8, UINT64_MAX - 15, AVAIL, USED, false},
		{8, DESC, UINT64_MAX - 1, USED, false},
		{8, DESC, AVAIL, UINT64_MAX - 3, false},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(features);
		negotiate(plain);
		make_queue(cases[i].size, cases[i].desc, cases[i].avail, cases[i].used);
		assert_int_equal(get(0x44), cases[i].good);
		assert_int_equal(get(0x70) & NEEDS_RESET, cases[i].good ? 0 : NEEDS_RESET);
		assert_false(line); /* not before DRIVER_OK */
	}
}

static void a_ready_queue_is_left_alone(void **state)
{
	(void)state;
	set_up(features);
	make_queue(8, DESC, AVAIL, USED);
	assert_int_equal(get(0x44), 0); /* no features yet */
	start(plain);
	make_queue(4, 0, 0, 0);
	assert_int_equal(get(0x44), 1);
	put(0x30, 1);
	put(0x44, 0);
	put(0x38, 4);
	assert_int_equal(get(0x44), 0);
	put(0x30, 0);
	assert_int_equal(get(0x44), 1);
	request(0, T_IN, 0, DATA, 512);
	offer(0);
	notify();
	assert_int_equal(used_idx(), 1);
	put(0x64, 1);
	put(0x44, 1);
	notify();
	assert_false(line); /* it does not begin anew */
}

static void nothing_happens_before_its_time(void **state)
{
	(void)state;
	set_up(features);
	negotiate(plain);
	make_queue(QUEUE_SIZE, DESC, AVAIL, USED);
	request(0, T_IN, 0, DATA, 512);
	offer(0);
	notify();
	assert_int_equal(used_idx(), 0); /* no DRIVER_OK */
	put(0x70, DRIVER_OK);
	put(0x50, 1);
	assert_int_equal(used_idx(), 0); /* there is no queue 1 */
	notify();
	assert_int_equal(used_idx(), 1);
}

/* ---------------------------------------------------------------- requests */

static void data_goes_both_ways(void **state)
{
	(void)state;
	set_up(features);
	start(plain);
	request(0, T_IN, 3, DATA, 1024);
	offer(0);
	notify();
	assert_int_equal(status_of(0), S_OK);
	assert_int_equal(used_idx(), 1);
	assert_int_equal(used_id(0), 0);
	assert_int_equal(used_len(0), 1025);
	assert_true(is_pattern(at(DATA), 3 * 512, 1024));
	assert_true(line);
	assert_int_equal(get(0x60), 1);
	put(0x64, 2);
	assert_true(line);
	put(0x64, 1);
	assert_false(line);
	notify();
	assert_false(line); /* nothing new */

	memset(at(DATA), 0x5a, 512);
	request(3, T_OUT, DISK_SIZE / 512 - 1, DATA, 512);
	offer(3);
	notify();
	assert_int_equal(status_of(3), S_OK);
	assert_int_equal(used_id(1), 3);
	assert_int_equal(used_len(1), 1);
	for (unsigned i = 0; i < 512; i++)
		assert_int_equal(disk[DISK_SIZE - 512 + i], 0x5a);
	assert_true(is_pattern(disk, 0, DISK_SIZE - 512));
}

static void no_framing_is_assumed(void **state)
{
	(void)state;
	set_up(features);
	start(plain);
	/*
	 * The header in two descriptors with an empty one between, the data in odd pieces, one of
	 * them in both pieces of RAM, the status behind the data.
	 */
	*(uint8_t *)at(DATA + 0x2000) = 0x77;
	set_header(HEADER, T_IN, 1);
	set_desc(DESC, 7, HEADER, 5, F_NEXT, 2);
	set_desc(DESC, 2, 0, 0, F_NEXT, 0);
	set_desc(DESC, 0, HEADER + 5, 11, F_NEXT, 5);
	set_desc(DESC, 5, DATA + 3, 7, F_WRITE | F_NEXT, 6);
	set_desc(DESC, 6, RAM_IPA + RAM_SIZE - 100, 200, F_WRITE | F_NEXT, 1);
	set_desc(DESC, 1, DATA + 0x1000, 306, F_WRITE | F_NEXT, 3);
	set_desc(DESC, 3, DATA + 0x2001, 0, F_WRITE, 0);
	offer(7);
	notify();
	assert_int_equal(used_idx(), 1);
	assert_int_equal(used_len(0), 513);
	assert_true(is_pattern(at(DATA + 3), 512, 7));
	assert_true(is_pattern(at(RAM_IPA + RAM_SIZE - 100), 519, 100));
	assert_true(is_pattern(at(RAM_IPA + RAM_SIZE), 619, 100));
	assert_true(is_pattern(at(DATA + 0x1000), 719, 305));
	assert_int_equal(*(uint8_t *)at(DATA + 0x1000 + 305), S_OK);
	assert_int_equal(*(uint8_t *)at(DATA + 0x2000), 0x77);

	/* The same out of one descriptor, header and all. */
	set_header(DATA, T_OUT, 2);
	memset(at(DATA + 16), 1, 512);
	set_desc(DESC, 0, DATA, 528, F_NEXT, 1);
	set_desc(DESC, 1, STATUS, 1, F_WRITE, 0);
	offer(0);
	notify();
	assert_int_equal(disk[1024], 1);
	assert_int_equal(disk[1535], 1);
	assert_true(is_pattern(disk + 1536, 1536, 512));
}

static void what_cannot_be_is_an_io_error(void **state)
{
	static const struct {
		uint32_t type;
		uint64_t sector;
		uint32_t size;
		uint8_t status;
		uint32_t written;
	} cases[] = {
		{T_IN, DISK_SIZE / 512, 512, S_IOERR, 0},
		{T_IN, DISK_SIZE / 512 - 1, 1024, S_IOERR, 0},
		{T_IN, UINT64_MAX, 512, S_IOERR, 0},
		{T_IN, UINT64_MAX / 512, 512, S_IOERR, 0},
		{T_IN, 0, 511, S_IOERR, 0},
		{T_IN, 0, 513, S_IOERR, 0},
		{T_OUT, DISK_SIZE / 512, 512, S_IOERR, 1},
		{T_OUT, 0, 100, S_IOERR, 1},
		{2, 0, 512, S_UNSUPP, 0},
		{11, 0, 512, S_UNSUPP, 0}, /* DISCARD, not offered */
		{UINT32_MAX, 0, 512, S_UNSUPP, 0},
		{T_FLUSH, 0, 0, S_OK, 1},
		{T_IN, 5, 0, S_OK, 1},
		{T_IN, DISK_SIZE / 512, 0, S_OK, 1},
		{T_GET_ID, 0, 20, S_OK, 21},
		{T_GET_ID, 0, 30, S_OK, 20},
		{T_GET_ID, 0, 7, S_OK, 8},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(features);
		start(plain);
		request(0, cases[i].type, cases[i].sector, DATA, cases[i].size);
		offer(0);
		notify();
		assert_int_equal(used_idx(), 1);
		assert_int_equal(status_of(0), cases[i].status);
		assert_int_equal(used_len(0), cases[i].written);
		assert_true(is_pattern(disk, 0, DISK_SIZE));
		if (cases[i].type == T_GET_ID)
			assert_memory_equal(at(DATA), "twenty bytes of name\0\0\0",
				cases[i].size < 23 ? cases[i].size : 23);
	}
}

static void a_read_only_disk_is_not_written(void **state)
{
	(void)state;
	set_up(features | VIRTIO_BLK_F_RO);
	start(plain | VIRTIO_BLK_F_RO);
	request(0, T_OUT, 0, DATA, 512);
	offer(0);
	request(3, T_IN, 0, DATA, 512);
	offer(3);
	notify();
	assert_int_equal(status_of(0), S_IOERR);
	assert_int_equal(status_of(3), S_OK);
	assert_true(is_pattern(disk, 0, DISK_SIZE));
	/* Whether the driver has taken note of it or not. */
	start(plain);
	request(0, T_OUT, 0, DATA, 512);
	offer(0);
	notify();
	assert_int_equal(status_of(0), S_IOERR);
	assert_true(is_pattern(disk, 0, DISK_SIZE));
}

static void indirect_descriptors(void **state)
{
	(void)state;
	set_up(features);
	start(features & ~VIRTIO_F_EVENT_IDX);
	/*
	 * Header in the ring, the rest in a table that is not aligned; F_WRITE on the way there
	 * means nothing.
	 */
	set_header(HEADER, T_IN, 4);
	set_desc(DESC, 0, HEADER, 16, F_NEXT, 1);
	set_desc(DESC, 1, INDIRECT + 2, 10 * 16, F_INDIRECT | F_WRITE, 0);
	for (unsigned i = 0; i < 4; i++)
		memcpy(at(INDIRECT + 2 + 16 * i),
			&(struct desc){DATA + 0x1000 * i, 128, F_WRITE | F_NEXT,
				(uint16_t)(i < 3 ? i + 1 : 9)},
			16);
	memcpy(at(INDIRECT + 2 + 16 * 9), &(struct desc){STATUS, 1, F_WRITE, 0}, 16);
	offer(0);
	notify();
	assert_int_equal(used_idx(), 1);
	assert_int_equal(used_len(0), 513);
	assert_int_equal(status_of(0), S_OK);
	for (unsigned i = 0; i < 4; i++)
		assert_true(is_pattern(at(DATA + 0x1000 * i), 2048 + 128 * i, 128));
}

/* ---------------------------------------------------------------- mistakes */

static void nothing_wrong(void)
{
}

static void head_outside(void)
{
	*at16(AVAIL + 4) = QUEUE_SIZE;
}

static void idx_too_far(void)
{
	*at16(AVAIL + 2) = QUEUE_SIZE + 1;
}

static void next_outside(void)
{
	set_desc(DESC, 1, DATA, 512, F_NEXT | F_WRITE, QUEUE_SIZE);
}

static void next_is_itself(void)
{
	set_desc(DESC, 2, STATUS, 1, F_NEXT | F_WRITE, 2);
}

static void readable_behind_writable(void)
{
	set_desc(DESC, 2, STATUS, 1, F_NEXT | F_WRITE, 3);
	set_desc(DESC, 3, DATA, 1, 0, 0);
}

static void data_outside(void)
{
	set_desc(DESC, 1, RAM_IPA + 2 * RAM_SIZE - 511, 512, F_NEXT | F_WRITE, 2);
}

static void data_below(void)
{
	set_desc(DESC, 1, RAM_IPA - 1, 512, F_NEXT | F_WRITE, 2);
}

static void data_wraps(void)
{
	set_desc(DESC, 1, UINT64_MAX - 255, 512, F_NEXT | F_WRITE, 2);
}

static void data_at_its_pa(void)
{
	set_desc(DESC, 1, (uintptr_t)low_ram, 512, F_NEXT | F_WRITE, 2);
}

static void data_too_long(void)
{
	set_desc(DESC, 1, DATA, UINT32_MAX, F_NEXT | F_WRITE, 2);
}

static void header_too_short(void)
{
	set_desc(DESC, 0, HEADER, 15, F_NEXT, 1);
}

static void no_status(void)
{
	set_desc(DESC, 0, HEADER, 16, 0, 0);
}

static void empty_status(void)
{
	set_desc(DESC, 0, HEADER, 16, F_NEXT, 2);
	set_desc(DESC, 2, STATUS, 0, F_WRITE, 0);
}

static void indirect_with_next(void)
{
	memcpy(at(INDIRECT), at(DESC), 48);
	set_desc(DESC, 0, INDIRECT, 48, F_INDIRECT | F_NEXT, 1);
}

static void indirect_not_whole(void)
{
	memcpy(at(INDIRECT), at(DESC), 48);
	set_desc(DESC, 0, INDIRECT, 56, F_INDIRECT, 0);
}

static void indirect_empty(void)
{
	set_desc(DESC, 0, INDIRECT, 0, F_INDIRECT, 0);
}

static void indirect_outside(void)
{
	set_desc(DESC, 0, RAM_IPA + 2 * RAM_SIZE - 8, 32, F_INDIRECT, 0);
}

static void indirect_in_indirect(void)
{
	set_desc(DESC, 0, INDIRECT, 32, F_INDIRECT, 0);
	set_desc(INDIRECT, 0, INDIRECT, 32, F_INDIRECT, 0);
}

static void indirect_next_outside(void)
{
	set_desc(DESC, 0, INDIRECT, 32, F_INDIRECT, 0);
	set_desc(INDIRECT, 0, HEADER, 16, F_NEXT, 2);
	set_desc(INDIRECT, 2, STATUS, 1, F_WRITE, 0);
}

static void indirect_too_long(void)
{
	set_desc(DESC, 0, INDIRECT, 16 * 40, F_INDIRECT, 0);
	for (unsigned i = 0; i < 39; i++)
		set_desc(INDIRECT, i, HEADER, i ? 0 : 16, F_NEXT, i + 1);
	set_desc(INDIRECT, 39, STATUS, 1, F_WRITE, 0);
}

static void a_broken_ring_stops_the_device(void **state)
{
	static void (*const mistakes[])(void) = {nothing_wrong, head_outside, idx_too_far,
		next_outside, next_is_itself, readable_behind_writable, data_outside, data_below,
		data_wraps, data_at_its_pa, data_too_long, header_too_short, no_status,
		empty_status, indirect_with_next, indirect_not_whole, indirect_empty,
		indirect_outside, indirect_in_indirect, indirect_next_outside, indirect_too_long};

	(void)state;
	for (unsigned i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		set_up(features);
		start(features);
		request(0, T_IN, 0, DATA, 512);
		offer(0);
		mistakes[i]();
		notify();
		assert_int_equal(get(0x70) & NEEDS_RESET, i ? NEEDS_RESET : 0);
		assert_int_equal(get(0x60), i ? 2 : 1);
		assert_true(line);
		assert_int_equal(used_idx(), !i);
		if (i == 0)
			continue;
		/* Nothing is served until the reset. After it all works. */
		request(0, T_IN, 0, DATA, 512);
		offer(0);
		notify();
		assert_int_equal(used_idx(), 0);
		*at16(AVAIL + 2) = 0;
		put(0x70, 0);
		assert_false(line);
		start(features);
		offer(0);
		notify();
		assert_int_equal(status_of(0), S_OK);
	}
}

static void indirect_has_to_be_negotiated(void **state)
{
	(void)state;
	set_up(features);
	start(plain);
	put(0x24, 0);
	put(0x20, (uint32_t)features); /* too late */
	put(0x44, 0);
	put(0x44, 1);
	request(0, T_FLUSH, 0, DATA, 0);
	memcpy(at(INDIRECT), at(DESC), 48);
	set_desc(DESC, 0, INDIRECT, 48, F_INDIRECT, 0);
	offer(0);
	notify();
	assert_int_equal(get(0x70) & NEEDS_RESET, NEEDS_RESET);
}

/* ---------------------------------------------------------------- interrupts and bounds */

static void the_driver_says_when_to_interrupt(void **state)
{
	(void)state;
	set_up(features);
	start(plain);
	*at16(AVAIL) = 1; /* VIRTQ_AVAIL_F_NO_INTERRUPT */
	request(0, T_FLUSH, 0, DATA, 0);
	offer(0);
	notify();
	assert_int_equal(used_idx(), 1);
	assert_false(line);
	*at16(AVAIL) = 0;
	offer(0);
	notify();
	assert_true(line);

	set_up(features);
	start(features);
	*at16(AVAIL) = 1; /* means nothing now */
	request(0, T_FLUSH, 0, DATA, 0);
	for (unsigned used_event = 0; used_event < 0x10005; used_event += 3) {
		*at16(AVAIL + 4 + 2 * QUEUE_SIZE) = (uint16_t)(used_event + 2);
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(
				*at16(USED + 4 + 8 * QUEUE_SIZE), (uint16_t)(used_event + i));
			offer(0);
			notify();
			assert_int_equal(line, i == 2);
		}
		put(0x64, 1);
		/* Several chains at once, one of which the driver has asked to be told of. */
		*at16(AVAIL + 4 + 2 * QUEUE_SIZE) = (uint16_t)(used_event + 4);
		for (unsigned i = 0; i < 3; i++)
			offer(0);
		notify();
		assert_true(line);
		put(0x64, 1);
		used_event += 3;
	}
}

static void an_exit_is_bounded(void **state)
{
	unsigned exits;

	(void)state;
	set_up(features);
	start(plain);
	request(0, T_IN, 0, DATA, 20000);
	set_desc(DESC, 1, DATA, 20000, F_NEXT | F_WRITE, 9);
	set_desc(DESC, 9, DATA + 0x5000, 0x20000 - 20000, F_NEXT | F_WRITE, 2);
	request(3, T_FLUSH, 0, DATA, 0);
	offer(0);
	offer(3);
	assert_int_equal(put(0x50, 0), MMIO_RETRY);
	assert_int_equal(used_idx(), 0);
	assert_false(line);
	exits = notify();
	assert_in_range(exits, 0x20000 / 16384, 0x20000 / 16384 + 2);
	assert_int_equal(used_idx(), 2);
	assert_true(is_pattern(at(DATA), 0, 20000));
	assert_true(is_pattern(at(DATA + 0x5000), 20000, 0x20000 - 20000));
	assert_true(line);
}

static void many_requests_take_many_exits(void **state)
{
	(void)state;
	set_up(features);
	start(plain);
	request(0, T_FLUSH, 0, DATA, 0);
	for (unsigned i = 0; i < QUEUE_SIZE; i++)
		offer(0);
	assert_int_equal(notify(), 2);
	assert_int_equal(used_idx(), QUEUE_SIZE);
	/* Descriptors count as work, too. */
	for (unsigned i = 0; i < QUEUE_SIZE; i++)
		set_desc(DESC, i, HEADER, 16, i < QUEUE_SIZE - 1 ? F_NEXT : F_WRITE, i + 1);
	for (unsigned i = 0; i < QUEUE_SIZE; i++)
		offer(0);
	assert_in_range(notify(), 8, 11);
	assert_int_equal(used_idx(), 2 * QUEUE_SIZE);
}

static void reset_in_the_middle(void **state)
{
	(void)state;
	for (unsigned how = 0; how < 3; how++) {
		set_up(features);
		start(plain);
		request(0, T_OUT, 0, DATA, 0x20000);
		offer(0);
		assert_int_equal(put(0x50, 0), MMIO_RETRY);
		if (how == 0)
			put(0x70, 0);
		else if (how == 1)
			put(0x44, 0);
		else
			virtio_blk_reset(&device);
		assert_int_equal(get(0x44), 0);
		assert_int_equal(put(0x50, 0), MMIO_DONE); /* what the vCPU executes again */
		assert_int_equal(used_idx(), 0);
		assert_int_equal(disk[0], 0);
		assert_true(
			is_pattern(disk + 0x10000, 0x10000, 0x10000)); /* not written any more */
		*at16(AVAIL + 2) = 0;
		start(plain);
		request(0, T_IN, 0x100 / 2, DATA, 512);
		offer(0);
		notify();
		assert_int_equal(used_idx(), 1);
		assert_int_equal(status_of(0), S_OK);
		assert_true(is_pattern(at(DATA), 0x10000, 512));
	}
}

static void the_guest_changes_its_mind(void **state)
{
	(void)state;
	/* The device uses the values that it has checked, whatever the driver writes to the
	 * descriptors in between. */
	set_up(features);
	start(plain);
	request(0, T_IN, 0, DATA, 0x20000);
	offer(0);
	assert_int_equal(put(0x50, 0), MMIO_RETRY);
	set_desc(DESC, 1, 0x1000, UINT32_MAX, F_NEXT, 1);
	set_header(HEADER, T_OUT, UINT64_MAX);
	notify();
	assert_int_equal(used_idx(), 1);
	assert_int_equal(status_of(0), S_OK);
	assert_true(is_pattern(disk, 0, DISK_SIZE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_device_says_what_it_is),
		cmocka_unit_test(registers_are_accessed_by_words),
		cmocka_unit_test(features_are_negotiated),
		cmocka_unit_test(status_bits_stay_until_reset),
		cmocka_unit_test(a_queue_is_made_of_the_guests_ram),
		cmocka_unit_test(a_ready_queue_is_left_alone),
		cmocka_unit_test(nothing_happens_before_its_time),
		cmocka_unit_test(data_goes_both_ways),
		cmocka_unit_test(no_framing_is_assumed),
		cmocka_unit_test(what_cannot_be_is_an_io_error),
		cmocka_unit_test(a_read_only_disk_is_not_written),
		cmocka_unit_test(indirect_descriptors),
		cmocka_unit_test(a_broken_ring_stops_the_device),
		cmocka_unit_test(indirect_has_to_be_negotiated),
		cmocka_unit_test(the_driver_says_when_to_interrupt),
		cmocka_unit_test(an_exit_is_bounded),
		cmocka_unit_test(many_requests_take_many_exits),
		cmocka_unit_test(reset_in_the_middle),
		cmocka_unit_test(the_guest_changes_its_mind),
	};

	return cmocka_run_group_tests_name("virtio_blk", tests, NULL, NULL);
}
