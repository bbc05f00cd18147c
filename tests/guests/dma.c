// SPDX-License-Identifier: Apache-2.0
/*
 * Shows whether a device goes on writing memory after its VM has restarted. The device is QEMU's
 * virtio-net behind a modern virtio-mmio transport (virtio 1.2, sections 4.2 and 5.1), polled.
 * `mode=send` sends packets without end. `mode=receive` takes them. While they arrive and all
 * buffers are handed to the device, it restarts its VM; the next life finds out whether the device
 * goes on writing.
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

	BUFFERS = 256,
	BUFFER_SIZE = 2048,
	HEADER_SIZE = 12,
	FRAME_SIZE = 1024,
	NETWORK = 1,        /* a device ID */
	PACE = 2,           /* ms between packets: 256 free buffers last half a second */
	ENOUGH = 200,       /* packets */
	SILENCE = 300,      /* ms in the second */
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

/* The memory that a device is told of, where no image is loaded, and what the first life leaves for
 * the second. */
struct region {
	struct queue queue;
	uint8_t buffers[BUFFERS][BUFFER_SIZE] __attribute__((aligned(4096)));
	uint64_t mark;
};

#define MARK       0x7ac7e5ull
#define PATTERN(i) (0x5a5a5a5a00000000ull + (i))

struct nic {
	uint64_t base; /* of its transport */
	struct region *region;
	uint16_t taken; /* of the used ring */
};

static struct nic nics[2];

static void write_register(const struct nic *nic, uint32_t offset, uint32_t data)
{
	dsb();
	write32(nic->base + offset, data);
}

static void write_address(const struct nic *nic, uint32_t offset, const void *address)
{
	write_register(nic, offset, (uint32_t)(uint64_t)address);
	write_register(nic, offset + 4, (uint32_t)((uint64_t)address >> 32));
}

static void start_device(struct nic *nic, uint32_t queue)
{
	write_register(nic, STATUS, 0);
	write_register(nic, STATUS, ACKNOWLEDGE | DRIVER);
	write_register(nic, FEATURES_SELECT, 0);
	write_register(nic, FEATURES, 0);
	write_register(nic, FEATURES_SELECT, 1);
	write_register(nic, FEATURES, 1); /* VIRTIO_F_VERSION_1 */
	write_register(nic, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	memset(&nic->region->queue, 0, sizeof(nic->region->queue));
	nic->taken = 0;
	write_register(nic, QUEUE_SELECT, queue);
	write_register(nic, QUEUE_SIZE, BUFFERS);
	write_address(nic, QUEUE_DESCRIPTORS, nic->region->queue.descriptors);
	write_address(nic, QUEUE_AVAILABLE, &nic->region->queue.available);
	write_address(nic, QUEUE_USED, &nic->region->queue.used);
	write_register(nic, QUEUE_READY, 1);
	write_register(nic, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

/* Hands buffer `id` to the device. */
static void give(struct nic *nic, uint32_t queue, uint32_t id)
{
	volatile uint16_t *index = &nic->region->queue.available.index;

	nic->region->queue.descriptors[id] = (struct descriptor){
		.address = (uint64_t)nic->region->buffers[id],
		.length = queue == RECEIVE ? BUFFER_SIZE : HEADER_SIZE + FRAME_SIZE,
		.flags = queue == RECEIVE ? DEVICE_WRITES : 0,
	};
	nic->region->queue.available.ring[*index % BUFFERS] = (uint16_t)id;
	dsb();
	*index = (uint16_t)(*index + 1);
	write_register(nic, QUEUE_NOTIFY, queue);
}

/* Takes a buffer that the device is done with; false if none comes in time. */
static bool take(struct nic *nic, uint32_t *id)
{
	volatile uint16_t *index = &nic->region->queue.used.index;

	if (!WAIT_FOR(*index != nic->taken, LONG))
		return false;
	dsb();
	*id = nic->region->queue.used.ring[nic->taken++ % BUFFERS].id;
	return *id < BUFFERS;
}

static void send(struct nic *nic)
{
	start_device(nic, TRANSMIT);
	for (uint32_t number = 1;; number++) {
		uint32_t id = number - 1;
		uint8_t *frame;

		if (number > BUFFERS && !take(nic, &id)) {
			check(false, "the device takes packet %u", number);
			return;
		}
		frame = nic->region->buffers[id] + HEADER_SIZE;
		memset(frame - HEADER_SIZE, 0, HEADER_SIZE);
		memset(frame, 0xff, 6);     /* to everybody */
		memset(frame + 6, 0x02, 6); /* from */
		frame[12] = 0x88;           /* for local experiments */
		frame[13] = 0xb5;
		give(nic, TRANSMIT, id);
		WAIT_FOR(false, PACE);
		if (number % 100 == 0)
			print("# %u packets sent\n", number);
	}
}

static void start_receiving(struct nic *nic)
{
	start_device(nic, RECEIVE);
	for (uint32_t id = 0; id < BUFFERS; id++)
		give(nic, RECEIVE, id);
}

/* Takes packets of the sender until `count` have come or none comes in time, and hands their
 * buffers back. Returns how many have come. */
static uint32_t receive(struct nic *nic, uint32_t count)
{
	uint32_t received = 0, id;

	while (received < count && take(nic, &id)) {
		const uint8_t *frame = nic->region->buffers[id] + HEADER_SIZE;

		received += frame[12] == 0x88 && frame[13] == 0xb5;
		give(nic, RECEIVE, id);
	}
	return received;
}

static void first_life(void)
{
	start_receiving(&nics[0]);
	check_equal(receive(&nics[0], ENOUGH), ENOUGH, "%u packets arrive", ENOUGH);
	nics[0].region->mark = MARK;
	print("# resets now\n");
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
	check(false, "SYSTEM_RESET does not return");
}

static void second_life(void)
{
	static struct queue before;
	struct region *region = nics[0].region;
	volatile uint64_t *words = (volatile uint64_t *)region->buffers;
	uint64_t changes = 0;

	region->mark = 0;
	check_equal(read32(nics[0].base + STATUS), 0,
		"the device is in reset when the next life begins");
	memcpy(&before, &region->queue, sizeof(before));
	for (uint64_t i = 0; i < sizeof(region->buffers) / 8; i++)
		words[i] = PATTERN(i);
	start_receiving(&nics[1]);
	check_equal(
		receive(&nics[1], ENOUGH), ENOUGH, "%u packets arrive at the other device", ENOUGH);
	for (uint64_t i = 0; i < sizeof(region->buffers) / 8; i++)
		changes += words[i] != PATTERN(i);
	changes += memcmp(&before, &region->queue, sizeof(before)) != 0;
	check_equal(changes, 0, "nobody writes to the memory of the next life");
	start_receiving(&nics[0]);
	check_equal(receive(&nics[0], ENOUGH), ENOUGH, "%u packets arrive again", ENOUGH);
}

static uint32_t find_nics(void)
{
	uint64_t region = (uint64_t)image_start & ~(REGION - 1ull), base, size;
	uint32_t count = 0;

	for (struct fdt_node node = fdt_first(); node.found && count < 2; node = fdt_next(node)) {
		if (!fdt_property_is(node, "compatible", "virtio,mmio") ||
			!fdt_reg(node, 0, &base, &size) || read32(base + DEVICE_ID) != NETWORK)
			continue;
		count++;
		nics[count - 1] = (struct nic){base, (struct region *)(region + count * REGION), 0};
	}
	return count;
}

void test_main(void)
{
	bool sender = fdt_bootarg("mode=send");

	if (!check_equal(find_nics(), sender ? 1 : 2, "the network devices are there"))
		return;
	if (sender)
		send(&nics[0]);
	else if (nics[0].region->mark == MARK)
		second_life();
	else
		first_life();
}
