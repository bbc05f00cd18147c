// SPDX-License-Identifier: Apache-2.0
/*
 * A network device that writes memory, as it comes: QEMU's virtio-net behind a modern virtio-mmio transport
 * (virtio 1.2, sections 4.2 and 5.1), polled. `mode=send` sends packets without end. `mode=receive` takes them, and in
 * full flow, with all buffers handed to the device, restarts its VM; the next life finds out whether the device goes on
 * writing.
 */
#include "cpu.h"
#include "fdt.h"
#include "print.h"
#include "psci.h"
#include "string.h"
#include "test.h"

const char test_name[] = "dma";

enum {
	DEVICE_ID = 0x008,
	FEATURES_SELECT = 0x024, /* of the driver */
	FEATURES = 0x020,
	QUEUE_SELECT = 0x030,
	QUEUE_SIZE_MAX = 0x034,
	QUEUE_SIZE = 0x038,
	QUEUE_READY = 0x044,
	QUEUE_NOTIFY = 0x050,
	STATUS = 0x070,
	QUEUE_DESCRIPTORS = 0x080, /* low word; the high one follows */
	QUEUE_AVAILABLE = 0x090,
	QUEUE_USED = 0x0a0,

	ACKNOWLEDGE = 1,
	DRIVER = 2,
	DRIVER_OK = 4,
	FEATURES_OK = 8,
	DEVICE_WRITES = 2, /* of a descriptor */

	RECEIVE = 0, /* queues */
	TRANSMIT = 1,

	BUFFERS = 64,
	BUFFER_SIZE = 2048,
	HEADER_SIZE = 12,
	FRAME_SIZE = 1024,
	ENOUGH = 2000,      /* packets of the first life */
	ROUNDS = 300,       /* looks at the memory in the second */
	REGION = 0x1000000, /* of the RAM, behind the image: where the buffers are */
};

struct descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

struct queue {
	struct descriptor descriptors[BUFFERS];
	struct {
		uint16_t flags, index, ring[BUFFERS];
	} available __attribute__((aligned(64)));
	struct {
		uint16_t flags, index;
		struct {
			uint32_t id, length;
		} ring[BUFFERS];
	} used __attribute__((aligned(64)));
};

struct packet {
	uint8_t header[HEADER_SIZE];
	uint8_t target[6], source[6], type[2];
	uint8_t padding[2];
	uint32_t number_low, number_high; /* in words, as it is not aligned */
	uint32_t time_low, time_high;     /* counter of the sender */
};

/* What the device knows of, all in one place that no image covers; and what the first life leaves to the second. */
struct region {
	struct queue queue;
	uint8_t buffers[BUFFERS][BUFFER_SIZE] __attribute__((aligned(4096)));
	uint64_t mark, lives;
};

#define MARK       0x7ac7e5ull
#define PATTERN(i) (0x5a5a5a5a00000000ull + (i))

static struct region *region;
static uint64_t transport;
static uint16_t taken; /* of the used ring */

static uint32_t read_register(uint32_t offset)
{
	return read32(transport + offset);
}

static void write_register(uint32_t offset, uint32_t data)
{
	dsb();
	write32(transport + offset, data);
}

static void write_address(uint32_t offset, const void *address)
{
	write_register(offset, (uint32_t)(uint64_t)address);
	write_register(offset + 4, (uint32_t)((uint64_t)address >> 32));
}

static void start_device(uint32_t number)
{
	write_register(STATUS, 0);
	write_register(STATUS, ACKNOWLEDGE | DRIVER);
	write_register(FEATURES_SELECT, 0);
	write_register(FEATURES, 0);
	write_register(FEATURES_SELECT, 1);
	write_register(FEATURES, 1); /* VIRTIO_F_VERSION_1 */
	write_register(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	memset(&region->queue, 0, sizeof(region->queue));
	taken = 0;
	write_register(QUEUE_SELECT, number);
	write_register(QUEUE_SIZE, BUFFERS);
	write_address(QUEUE_DESCRIPTORS, region->queue.descriptors);
	write_address(QUEUE_AVAILABLE, &region->queue.available);
	write_address(QUEUE_USED, &region->queue.used);
	write_register(QUEUE_READY, 1);
	write_register(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

/* Hands buffer `id` to the device. */
static void give(uint32_t queue, uint32_t id)
{
	volatile uint16_t *index = &region->queue.available.index;

	region->queue.descriptors[id] = (struct descriptor){
		.address = (uint64_t)region->buffers[id],
		.length = queue == RECEIVE ? BUFFER_SIZE : HEADER_SIZE + FRAME_SIZE,
		.flags = queue == RECEIVE ? DEVICE_WRITES : 0,
	};
	region->queue.available.ring[*index % BUFFERS] = (uint16_t)id;
	dsb();
	*index = (uint16_t)(*index + 1);
	write_register(QUEUE_NOTIFY, queue);
}

/* A buffer that the device is done with; false if there is none for so long. */
static bool take(uint32_t *id)
{
	volatile uint16_t *index = &region->queue.used.index;

	if (!WAIT_FOR(*index != taken, LONG))
		return false;
	dsb();
	*id = region->queue.used.ring[taken++ % BUFFERS].id;
	return *id < BUFFERS;
}

static void send(void)
{
	uint32_t id;

	start_device(TRANSMIT);
	for (uint64_t number = 1;; number++) {
		id = (uint32_t)(number - 1);
		if (number > BUFFERS && !check(take(&id), "the device takes packet %lu", number))
			return;

		struct packet *packet = (struct packet *)region->buffers[id];
		uint64_t time = now();

		memset(packet, 0, HEADER_SIZE);
		memset(packet->target, 0xff, sizeof(packet->target));
		memset(packet->source, 0x02, sizeof(packet->source));
		packet->type[0] = 0x88; /* for local experiments */
		packet->type[1] = 0xb5;
		packet->number_low = (uint32_t)number;
		packet->number_high = (uint32_t)(number >> 32);
		packet->time_low = (uint32_t)time;
		packet->time_high = (uint32_t)(time >> 32);
		give(TRANSMIT, id);
		if (number % 1000 == 0)
			print("# %lu packets sent\n", number);
	}
}

/* Takes a packet and hands its buffer back: when it was sent, or 0. */
static uint64_t receive(void)
{
	uint32_t id;

	if (!take(&id))
		return 0;

	const struct packet *packet = (const struct packet *)region->buffers[id];
	uint64_t time = (uint64_t)packet->time_high << 32 | packet->time_low;

	give(RECEIVE, id);
	return packet->type[0] == 0x88 ? time : 0;
}

static uint32_t receive_many(uint32_t count, uint64_t from, uint64_t to)
{
	uint32_t within = 0;

	start_device(RECEIVE);
	for (uint32_t id = 0; id < BUFFERS; id++)
		give(RECEIVE, id);
	while (count--) {
		uint64_t time = receive();

		within += time > from && time < to;
	}
	return within;
}

/* Words of the region that are not as they were written: all that the device knows of. */
static uint64_t changes(bool write)
{
	volatile uint64_t *words = (volatile uint64_t *)region;
	uint64_t count = 0;

	for (uint64_t i = 0; i < (uint64_t)&region->mark / 8 - (uint64_t)region / 8; i++) {
		if (write)
			words[i] = PATTERN(i);
		else
			count += words[i] != PATTERN(i);
	}
	return count;
}

static void first_life(void)
{
	region->mark = MARK;
	region->lives = 1;
	check_equal(receive_many(ENOUGH, 0, ~0ull), ENOUGH, "%u packets arrive", ENOUGH);
	print("# resets now\n");
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
	check(false, "SYSTEM_RESET does not return");
}

static void second_life(void)
{
	uint64_t from, to, changed = 0;

	region->mark = 0;
	check_equal(read_register(STATUS), 0, "the device is in reset when the next life begins");
	from = now();
	changes(true);
	for (uint32_t i = 0; i < ROUNDS; i++)
		changed += changes(false);
	to = now();
	check_equal(changed, 0, "nobody writes to the memory of the next life");
	check(receive_many(ENOUGH, from, to) > 0, "the network was busy all the time");
}

void test_main(void)
{
	uint64_t size;

	if (!check(fdt_reg(fdt_compatible("virtio,mmio"), 0, &transport, &size), "there is a transport") ||
		!check_equal(read_register(DEVICE_ID), 1, "with a network device"))
		return;
	region = (struct region *)(((uint64_t)image_start & ~(REGION - 1ull)) + REGION);
	if (fdt_bootarg("mode=send"))
		send();
	else if (region->mark == MARK && region->lives == 1)
		second_life();
	else
		first_life();
}
