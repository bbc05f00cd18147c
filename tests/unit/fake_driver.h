/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio driver, written from virtio 1.2 alone. It shares nothing with the device but the types
 * of its configuration. Its VM has a disk, and RAM in two neighbouring pieces that lie apart in the
 * host's memory.
 */
#ifndef PINION_FAKE_DRIVER_H
#define PINION_FAKE_DRIVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arch.h"
#include "device/virtio_blk.h"

#define RAM_IPA 0x40000000ull
#ifndef RAM_SIZE
#define RAM_SIZE  0x40000u /* of each piece */
#define DISK_SIZE 0x20000u
#endif
#define QUEUE_SIZE 32u
#define INTID      48

/*
 * Where the driver keeps its things; data is from DATA on, and crosses the pieces at RAM_IPA +
 * RAM_SIZE.
 */
#define DESC     RAM_IPA
#define AVAIL    (RAM_IPA + 0x1000)
#define USED     (RAM_IPA + 0x2000)
#define INDIRECT (RAM_IPA + 0x3000)
#define HEADER   (RAM_IPA + 0x5000)
#define STATUS   (RAM_IPA + 0x6000)
#define DATA     (RAM_IPA + 0x8000)

enum { F_NEXT = 1, F_WRITE = 2, F_INDIRECT = 4 };
enum { T_IN, T_OUT, T_FLUSH = 4, T_GET_ID = 8 };
enum { S_OK, S_IOERR, S_UNSUPP };
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 64 };

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

static uint8_t low_ram[RAM_SIZE] __attribute__((aligned(4096)));
static uint8_t high_ram[RAM_SIZE] __attribute__((aligned(4096)));
static uint8_t disk[DISK_SIZE] __attribute__((aligned(4096)));
static struct guest_ram ram[2];
static const struct vm_config vm = {.name = "vm", .ram = ram, .ram_count = 2};
static struct virtio_blk blk;
static struct virtio_blk_device device;
static uint16_t next_avail; /* of the driver */
static unsigned line_changes;
static bool line;

void arch_set_interrupt_line(const struct vm_config *config, uint32_t intid, bool level)
{
	if (config != &vm || intid != INTID || level == line)
		__builtin_trap();
	line = level;
	line_changes++;
}

/* The guest's memory at an IPA; stays in its piece. */
static inline void *at(uint64_t ipa)
{
	return ipa < RAM_IPA + RAM_SIZE ? &low_ram[ipa - RAM_IPA]
	                                : &high_ram[ipa - RAM_IPA - RAM_SIZE];
}

static inline _Atomic uint16_t *at16(uint64_t ipa)
{
	return at(ipa);
}

static inline void set_up(uint64_t features)
{
	memset(low_ram, 0, sizeof(low_ram));
	memset(high_ram, 0, sizeof(high_ram));
	for (unsigned i = 0; i < DISK_SIZE; i++)
		disk[i] = (uint8_t)(i * 7 + i / 512);
	ram[0] = (struct guest_ram){RAM_IPA, (uintptr_t)low_ram, RAM_SIZE};
	ram[1] = (struct guest_ram){RAM_IPA + RAM_SIZE, (uintptr_t)high_ram, RAM_SIZE};
	device = (struct virtio_blk_device){
		.virtio = {.state = &blk.mmio,
			.irq = {.vm = &vm, .intid = INTID, .level = &blk.mmio.line},
			.features = features,
			.config = &device.config,
			.config_size = sizeof(device.config),
			.device_id = VIRTIO_ID_BLOCK},
		.config = {.capacity = DISK_SIZE / 512, .seg_max = VIRTIO_BLK_SEG_MAX},
		.state = &blk,
		.disk = (uintptr_t)disk,
		.id = {'t', 'w', 'e', 'n', 't', 'y', ' ', 'b', 'y', 't', 'e', 's', ' ', 'o', 'f',
			' ', 'n', 'a', 'm', 'e'},
	};
	blk = (struct virtio_blk){0};
	virtio_blk_reset(&device);
	next_avail = 0;
	line_changes = 0;
	line = false;
}

static inline uint32_t get(uint64_t offset)
{
	uint64_t value;

	if (virtio_blk_read(NULL, &device, offset, 4, &value) != MMIO_DONE)
		__builtin_trap();
	return (uint32_t)value;
}

static inline enum mmio_result put(uint64_t offset, uint32_t value)
{
	return virtio_blk_write(NULL, &device, offset, 4, value);
}

static inline void negotiate(uint64_t features)
{
	put(0x70, 0);
	put(0x70, ACKNOWLEDGE);
	put(0x70, ACKNOWLEDGE | DRIVER);
	for (uint32_t i = 0; i < 2; i++) {
		put(0x24, i);
		put(0x20, (uint32_t)(features >> 32 * i));
	}
	put(0x70, ACKNOWLEDGE | DRIVER | FEATURES_OK);
}

static inline void make_queue(uint32_t size, uint64_t desc, uint64_t avail, uint64_t used)
{
	put(0x30, 0);
	put(0x38, size);
	put(0x80, (uint32_t)desc);
	put(0x84, (uint32_t)(desc >> 32));
	put(0x90, (uint32_t)avail);
	put(0x94, (uint32_t)(avail >> 32));
	put(0xa0, (uint32_t)used);
	put(0xa4, (uint32_t)(used >> 32));
	put(0x44, 1);
}

/* Everything up to DRIVER_OK. */
static inline void start(uint64_t features)
{
	negotiate(features);
	make_queue(QUEUE_SIZE, DESC, AVAIL, USED);
	put(0x70, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
	next_avail = 0;
}

static inline void set_desc(
	uint64_t table, unsigned i, uint64_t addr, uint32_t len, unsigned flags, unsigned next)
{
	*(struct desc *)at(table + i * sizeof(struct desc)) =
		(struct desc){addr, len, (uint16_t)flags, (uint16_t)next};
}

/* Makes the chain from descriptor `head` available. */
static inline void offer(unsigned head)
{
	atomic_store_explicit(at16(AVAIL + 4 + 2 * (next_avail % QUEUE_SIZE)), (uint16_t)head,
		memory_order_relaxed);
	next_avail++;
	atomic_store_explicit(at16(AVAIL + 2), next_avail, memory_order_seq_cst);
}

/* Notifies until the device has done all it can: how many exits that took. */
static inline unsigned notify(void)
{
	unsigned exits = 1;

	while (put(0x50, 0) == MMIO_RETRY)
		exits++;
	return exits;
}

static inline uint16_t used_idx(void)
{
	return atomic_load_explicit(at16(USED + 2), memory_order_acquire);
}

static inline uint32_t used_id(unsigned i)
{
	return *(uint32_t *)at(USED + 4 + 8 * (i % QUEUE_SIZE));
}

static inline uint32_t used_len(unsigned i)
{
	return *(uint32_t *)at(USED + 8 + 8 * (i % QUEUE_SIZE));
}

static inline void set_header(uint64_t ipa, uint32_t type, uint64_t sector)
{
	memcpy(at(ipa), &(struct {
		uint32_t type, reserved;
		uint64_t sector;
	}){type, 0, sector},
		16);
}

/* The usual three descriptors, `i` to `i + 2`: header, data, status. */
static inline void request(unsigned i, uint32_t type, uint64_t sector, uint64_t data, uint32_t size)
{
	uint64_t header = HEADER + 16 * i, status = STATUS + i;

	set_header(header, type, sector);
	*(uint8_t *)at(status) = 0xee;
	set_desc(DESC, i, header, 16, F_NEXT, i + 1);
	set_desc(DESC, i + 1, data, size, F_NEXT | (type == T_OUT ? 0 : F_WRITE), i + 2);
	set_desc(DESC, i + 2, status, 1, F_WRITE, 0);
}

static inline uint8_t status_of(unsigned i)
{
	return *(uint8_t *)at(STATUS + i);
}

#endif
