/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio-blk under a guest that accesses any register in any way and puts anything into its
 * rings: anything at all, and now and then what a driver would. Each operation is one byte and what
 * it needs.
 */
/* Little of both, as they are made anew for each input; the disk is more than one exit can move. */
#define RAM_SIZE  0x9000u
#define DISK_SIZE 0x6000u
#include "fake_driver.h"

#include "fuzz.h"

/* More exits than it takes to serve a whole queue of the largest requests. */
#define MOST_EXITS (VIRTQUEUE_SIZE_MAX * (DISK_SIZE / 8192 + 4))

static const uint16_t often[] = {
	0x14, 0x20, 0x24, 0x30, 0x38, 0x44, 0x64, 0x70, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4};

/* Addresses that are something to the device, or nearly. */
static uint64_t address(struct input *input)
{
	static const uint64_t bases[] = {DESC, AVAIL, USED, INDIRECT, HEADER, STATUS, DATA,
		RAM_IPA + RAM_SIZE - 64, RAM_IPA + RAM_SIZE, RAM_IPA + 2 * RAM_SIZE - 64,
		RAM_IPA - 64, 0, UINT64_MAX - 63};
	uint32_t choice = input_below(input, 14);

	return choice < 13 ? bases[choice] + input_take(input, 1) : input_take(input, 8);
}

static uint32_t length(struct input *input)
{
	static const uint32_t usual[] = {
		0, 1, 15, 16, 17, 20, 48, 511, 512, 513, 4096, DISK_SIZE, UINT32_MAX};
	uint32_t choice = input_below(input, 14);

	return choice < 13 ? usual[choice] : (uint32_t)input_take(input, 4);
}

static bool in_ram(const void *pointer, size_t size)
{
	const uint8_t *bytes = pointer;

	return (bytes >= low_ram && bytes + size <= low_ram + RAM_SIZE) ||
	       (bytes >= high_ram && bytes + size <= high_ram + RAM_SIZE);
}

/* What holds whenever no pCPU is in EL2. */
static void check(void)
{
	const struct virtqueue *queue = &blk.mmio.queue;

	REQUIRE(line == (blk.mmio.interrupt_status != 0) && line == blk.mmio.line);
	REQUIRE(lock_try(&blk.mmio.lock));
	lock_release(&blk.mmio.lock);
	REQUIRE(!blk.busy ||
		(queue->ready && blk.chain.count > 0 && blk.chain.count <= queue->size));
	REQUIRE(!blk.busy || (blk.offset <= DISK_SIZE && blk.left <= DISK_SIZE - blk.offset));
	REQUIRE(!blk.busy || blk.written <= blk.chain.writable);
	if (queue->ready) {
		REQUIRE(queue->size <= VIRTQUEUE_SIZE_MAX &&
			(queue->size & (queue->size - 1)) == 0);
		REQUIRE(in_ram(queue->avail, 6 + 2 * queue->size) &&
			in_ram(queue->used, 6 + 8 * queue->size));
	}
	REQUIRE(!((blk.mmio.status & DRIVER_OK) && !(blk.mmio.status & FEATURES_OK)));
	REQUIRE((blk.mmio.driver_features & ~device.virtio.features) == 0 ||
		!(blk.mmio.status & FEATURES_OK));
}

static void access(struct input *input, bool write)
{
	unsigned size = 1u << input_below(input, 4);
	uint64_t offset = input_take(input, 2) % 0x200 & ~(uint64_t)(size - 1);
	uint64_t value = write ? input_take(input, size) : 0;
	bool right = offset < 0x100 ? size == 4 : size <= 4;

	if (write) {
		enum mmio_result result = virtio_blk_write(NULL, &device, offset, size, value);

		REQUIRE(right ? result == MMIO_DONE || (result == MMIO_RETRY && offset == 0x50)
			      : result == MMIO_FAULT);
	} else {
		REQUIRE(virtio_blk_read(NULL, &device, offset, size, &value) ==
			(right ? MMIO_DONE : MMIO_FAULT));
		REQUIRE(!right || value >> 8 * size == 0);
	}
}

static void some_request(struct input *input)
{
	static const uint32_t types[] = {T_IN, T_OUT, T_FLUSH, T_GET_ID, 99};
	unsigned first = input_below(input, QUEUE_SIZE - 2);
	uint32_t type = types[input_below(input, 5)];
	uint64_t sector = input_take(input, 2) % (DISK_SIZE / 512 + 2);

	request(first, type, sector, DATA + input_take(input, 1), length(input));
	offer(first);
}

static void operation(struct input *input)
{
	unsigned exits = 0;
	uint64_t ipa;

	switch (input_below(input, 13)) {
	case 0:
		access(input, false);
		break;
	case 1:
		access(input, true);
		break;
	case 2:
		put(often[input_below(input, 14)], (uint32_t)input_take(input, 4));
		break;
	case 3: /* as a driver does it */
		start(VIRTIO_BLK_FEATURES & ~(input_take(input, 1) % 4 << 28));
		atomic_store_explicit(at16(AVAIL + 2), 0, memory_order_relaxed);
		break;
	case 4:
		negotiate(input_take(input, 5));
		break;
	case 5:
		make_queue((uint32_t)input_take(input, 2) % 300, address(input), address(input),
			address(input));
		break;
	case 6:
		ipa = RAM_IPA + input_take(input, 2);
		*(uint8_t *)at(ipa) = (uint8_t)input_take(input, 1);
		break;
	case 7:
	case 8:
		ipa = input_take(input, 1) % 4 ? DESC : INDIRECT;
		set_desc(ipa, input_below(input, 40), address(input), length(input),
			(unsigned)input_take(input, 1) % 8, (unsigned)input_take(input, 1) % 40);
		break;
	case 9:
		offer(input_below(input, QUEUE_SIZE + 1));
		break;
	case 10:
		some_request(input);
		break;
	case 11:
		put(0x50, 0);
		break;
	default:
		if (input_below(input, 16) == 0)
			virtio_blk_reset(&device);
		else
			while (put(0x50, 0) == MMIO_RETRY)
				REQUIRE(++exits < MOST_EXITS);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	bool read_only = input_below(&input, 2);
	uint64_t before = 0, after = 0;

	set_up(VIRTIO_BLK_FEATURES | (read_only ? VIRTIO_BLK_F_RO : 0));
	for (unsigned i = 0; i < DISK_SIZE; i++)
		before = before * 31 + disk[i];
	while (input.size > 0) {
		operation(&input);
		check();
	}
	for (unsigned i = 0; i < DISK_SIZE; i++)
		after = after * 31 + disk[i];
	REQUIRE(!read_only || before == after);
	return 0;
}
