// SPDX-License-Identifier: Apache-2.0
/*
 * Requests to a virtio disk (virtio 1.2, sections 4.2 and 5.2): notification to completion, by
 * polling and by interrupt.
 */
#include "bench.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "virtio.h"

enum { DISK = 2, NO_INTERRUPT = 1, QUEUE_SIZE = 4, SECTOR = 512, BUFFER = 4096 };

static struct {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
} ring[QUEUE_SIZE] __attribute__((aligned(16)));
static struct {
	uint16_t flags;
	_Atomic uint16_t index;
	uint16_t ring[QUEUE_SIZE], event;
} avail;
static struct {
	uint16_t flags;
	_Atomic uint16_t index;
	struct {
		uint32_t id, length;
	} ring[QUEUE_SIZE];
	uint16_t event;
} used __attribute__((aligned(4)));
static struct {
	uint32_t type, reserved;
	uint64_t sector;
} header;
static uint8_t buffer[BUFFER], result;

static uint64_t base;
static _Atomic uint32_t interrupts;

/* INTID of the first disk whose registers are those of version 1.0 or later; 0 if there is none. */
static uint32_t find_disk(void)
{
	for (struct fdt_node node = fdt_first(); node.found; node = fdt_next(node)) {
		uint64_t size;

		if (fdt_property_is(node, "compatible", "virtio,mmio") &&
			fdt_reg(node, 0, &base, &size) && read32(base + VERSION) == 2 &&
			read32(base + DEVICE_ID) == DISK)
			return fdt_intid(node, 0);
	}
	return 0;
}

static void write_address(uint32_t offset, const volatile void *address)
{
	write32(base + offset, (uint32_t)(uint64_t)address);
	write32(base + offset + 4, (uint32_t)((uint64_t)address >> 32));
}

static void start_disk(void)
{
	write32(base + STATUS, 0);
	write32(base + STATUS, ACKNOWLEDGE | DRIVER);
	write32(base + DRIVER_FEATURES_SEL, 1);
	write32(base + DRIVER_FEATURES, 1); /* VIRTIO_F_VERSION_1 */
	write32(base + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	write32(base + QUEUE_NUM, QUEUE_SIZE);
	write_address(QUEUE_DESC, ring);
	write_address(QUEUE_DRIVER, &avail);
	write_address(QUEUE_DEVICE, &used);
	write32(base + QUEUE_READY, 1);
	write32(base + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
	ring[0].address = (uint64_t)&header;
	ring[0].length = sizeof(header);
	ring[0].flags = F_NEXT;
	ring[0].next = 1;
	ring[1].address = (uint64_t)buffer;
	ring[1].flags = F_NEXT | F_WRITE;
	ring[1].next = 2;
	ring[2].address = (uint64_t)&result;
	ring[2].length = 1;
	ring[2].flags = F_WRITE;
}

/* Offers a read of `size` bytes from sector 0, of which the disk is told by notify(). */
static void offer(uint32_t size)
{
	ring[1].length = size;
	result = 0xff;
	avail.ring[avail.index % QUEUE_SIZE] = 0;
	avail.index++;
}

static void notify(void)
{
	dsb();
	write32(base + QUEUE_NOTIFY, 0);
}

static void poll(void)
{
	while (used.index != avail.index)
		relax();
}

static void acknowledge(struct cpu *cpu, uint32_t intid)
{
	(void)cpu;
	(void)intid;
	write32(base + INTERRUPT_ACK, read32(base + INTERRUPT_STATUS));
	interrupts++;
}

static void await_interrupt(void)
{
	irq_enable();
	while (!interrupts)
		relax();
	irq_disable();
	interrupts = 0;
}

void measure_disk(struct cpu *cpu)
{
	uint32_t intid = find_disk();

	if (!intid)
		return;
	start_disk();
	avail.flags = NO_INTERRUPT;
	MEASURE_AFTER("virtio-blk read of 512 bytes", offer(SECTOR), notify(); poll());
	MEASURE_AFTER("virtio-blk read of 4 KiB", offer(BUFFER), notify(); poll());
	avail.flags = 0;
	cpu->on_irq = acknowledge;
	gic_prepare(cpu, intid);
	gic_write(cpu, GICD_ICENABLER, intid);
	gic_set_edge(cpu, intid, false);
	gic_write(cpu, GICD_ISENABLER, intid);
	MEASURE_AFTER("virtio-blk read of 4 KiB, interrupt", offer(BUFFER), notify(); poll();
		      await_interrupt());
	if (result)
		print("Bail out! the disk answers %u\n", result);
}
