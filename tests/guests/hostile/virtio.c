// SPDX-License-Identifier: Apache-2.0
/*
 * A virtio device: registers in any order, queues anywhere, rings and descriptors that hold
 * anything, and that another CPU changes while the device reads them.
 */
#include "fdt.h"
#include "gic.h"
#include "hostile.h"
#include "print.h"

enum {
	DRIVER_FEATURES = 0x20,
	DRIVER_FEATURES_SEL = 0x24,
	QUEUE_SEL = 0x30,
	QUEUE_NUM = 0x38,
	QUEUE_READY = 0x44,
	QUEUE_NOTIFY = 0x50,
	INTERRUPT_ACK = 0x64,
	STATUS = 0x70,
	QUEUE_DESC = 0x80,
	QUEUE_DRIVER = 0x90,
	QUEUE_DEVICE = 0xa0,
	REGISTERS = 0x200,
	QUEUE_MAX = 256,
	AREA = 0x8000, /* of the rings, in the attacker's scratch memory */
	AVAILABLE = 0x2000,
	USED = 0x7000
};

struct descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

/* The queue of CPU 0, which all CPUs write to: descriptors, available and used ring. */
static uint8_t *area(void)
{
	return scratch + SCRATCH / 2;
}

static uint64_t wild_address(void)
{
	switch (random_below(32)) {
	case 0:
		return random64();
	case 1:
		return HYPERVISOR + (random64() & 0xffffff);
	case 2:
		return ram_base + ram_size - random_below(64);
	case 3:
		return ram_base - random_below(64);
	case 4:
		return gicd_base + random_below(0x10000);
	default:
		return (uint64_t)area() + AREA + (random64() & (SCRATCH / 4 - 1));
	}
}

static uint32_t wild_length(void)
{
	switch (random_below(4)) {
	case 0:
		return (uint32_t)random64();
	case 1:
		return 16 * random_below(300);
	default:
		return 512 * random_below(9);
	}
}

/* A request as a driver writes it, with something wrong now and then. */
static void make_request(uint32_t first, uint32_t entries)
{
	volatile struct descriptor *descriptors = (struct descriptor *)area();
	volatile uint32_t *header = (uint32_t *)(area() + AREA + 16 * random_below(64));
	uint32_t count = 2 + random_below(4);

	header[0] = random_below(4) ? random_below(2) : random_below(12);
	header[2] = random_below(3) ? random_below(0x1000) : (uint32_t)random64();
	header[3] = random_below(8) ? 0 : (uint32_t)random64();
	for (uint32_t i = 0; i < count; i++) {
		volatile struct descriptor *descriptor = &descriptors[(first + i) % entries];

		descriptor->address = i == 0 ? (uint64_t)header : wild_address();
		descriptor->length = i == 0 ? 16 : i + 1 == count ? 1 : wild_length();
		descriptor->flags =
			(i + 1 < count) | (i && header[0] != 1) << 1 | (i + 1 == count ? 2 : 0);
		descriptor->next = (uint16_t)((first + i + 1) % entries);
		if (random_below(64) == 0)
			descriptor->flags = (uint16_t)random64();
		if (random_below(64) == 0)
			descriptor->next = (uint16_t)random64();
	}
}

/* The driver's side of a queue that works, for a while; returns how many requests were. */
static uint32_t drive(uint64_t device)
{
	volatile uint16_t *available = (uint16_t *)(area() + AVAILABLE);
	uint64_t used = (uint64_t)area() + USED;
	uint32_t size = random_below(8) ? 1u << random_below(9) : (uint32_t)random64();

	write32(device + STATUS, 0);
	write32(device + STATUS, 3);
	for (uint32_t i = 0; i < 2; i++) {
		write32(device + DRIVER_FEATURES_SEL, i);
		write32(device + DRIVER_FEATURES, i ? 1 : (uint32_t)random_below(4) << 28);
	}
	write32(device + STATUS, 11);
	write32(device + QUEUE_SEL, 0);
	write32(device + QUEUE_NUM, size);
	available[1] = 0;
	((volatile uint16_t *)used)[1] = 0;
	for (uint32_t i = 0; i < 3; i++) {
		static const uint16_t registers[] = {QUEUE_DESC, QUEUE_DRIVER, QUEUE_DEVICE};
		uint64_t addresses[] = {(uint64_t)area(), (uint64_t)available, used};
		uint64_t address = random_below(16) ? addresses[i] : wild_address();

		write32(device + registers[i], (uint32_t)address);
		write32(device + registers[i] + 4, (uint32_t)(address >> 32));
	}
	write32(device + QUEUE_READY, 1);
	write32(device + STATUS, 15);
	for (uint32_t i = 0; i < 40 && (i == 0 || !over()); i++) {
		uint32_t entries = size && size <= QUEUE_MAX ? size : 1;
		uint32_t first = random_below(entries);

		make_request(first, entries);
		available[2 + available[1] % entries] =
			(uint16_t)(random_below(32) ? first : random_below(QUEUE_MAX + 1));
		dsb();
		available[1] =
			(uint16_t)(available[1] + 1 + (random_below(32) ? 0 : random_below(300)));
		dsb();
		write32(device + QUEUE_NOTIFY, random_below(16) ? 0 : (uint32_t)random64());
		if (random_below(4) == 0)
			write32(device + INTERRUPT_ACK, 3);
	}
	return ((volatile uint16_t *)used)[1];
}

/* Anything anywhere in what the device reads of the queue. */
static void scribble(void)
{
	volatile uint32_t *words = (uint32_t *)area();

	for (uint32_t i = 0; i < 200; i++)
		words[random_below(USED / 4)] =
			random_below(2) ? (uint32_t)random64() : (uint32_t)wild_address();
}

static void access_registers(uint64_t device)
{
	for (uint32_t i = 0; i < 20; i++) {
		uint64_t address = device + random_below(REGISTERS);

		if (random_below(2))
			EXPECT(read32(address & ~3ull));
		else
			EXPECT(write32(
				address & ~3ull, (uint32_t)(random64() >> random_below(64))));
		EXPECT(read8(address));
		EXPECT(write64(address & ~7ull, random64()));
	}
}

void virtio(struct cpu *cpu)
{
	uint64_t device = virtio_base;
	uint32_t rounds = 0, requests = 0;

	for (; device && (!over() || (cpu->index == 0 && !requests)); rounds++) {
		if (cpu->index == 0 && random_below(4))
			requests += drive(device);
		else if (random_below(2))
			scribble();
		else
			access_registers(device);
	}
	if (device)
		write32(device + STATUS, 0);
	print("# CPU %u: %u rounds, %u requests, %u exceptions\n", cpu->index, rounds, requests,
		exceptions[cpu->index]);
}
