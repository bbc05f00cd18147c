/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of a virtio device over MMIO. Section numbers are those of virtio 1.2. */
#include "device/virtio_mmio.h"

#include <string.h>

/* Offsets of registers (4.2.2). */
#define MAGIC_VALUE         0x000
#define VERSION             0x004
#define DEVICE_ID           0x008
#define VENDOR_ID           0x00c
#define DEVICE_FEATURES     0x010
#define DEVICE_FEATURES_SEL 0x014
#define DRIVER_FEATURES     0x020
#define DRIVER_FEATURES_SEL 0x024
#define QUEUE_SEL           0x030
#define QUEUE_NUM_MAX       0x034
#define QUEUE_NUM           0x038
#define QUEUE_READY         0x044
#define QUEUE_NOTIFY        0x050
#define INTERRUPT_STATUS    0x060
#define INTERRUPT_ACK       0x064
#define STATUS              0x070
#define QUEUE_DESC_LOW      0x080
#define QUEUE_DESC_HIGH     0x084
#define QUEUE_DRIVER_LOW    0x090
#define QUEUE_DRIVER_HIGH   0x094
#define QUEUE_DEVICE_LOW    0x0a0
#define QUEUE_DEVICE_HIGH   0x0a4
#define SHM_LEN_LOW         0x0b0
#define SHM_BASE_HIGH       0x0bc
#define CONFIG_SPACE        0x100

#define MAGIC  0x74726976u /* "virt" */
#define VENDOR 0x4e4e4950u /* "PINN" */

/* Bits of Status (2.1). */
#define ACKNOWLEDGE        1u
#define DRIVER             2u
#define DRIVER_OK          4u
#define FEATURES_OK        8u
#define DEVICE_NEEDS_RESET 64u
#define FAILED             128u

/* Bits of InterruptStatus (4.2.2). */
#define USED_BUFFER          1u
#define CONFIGURATION_CHANGE 2u

static void update_line(const struct virtio_device *device)
{
	irq_line_set(&device->irq, device->state->interrupt_status != 0);
}

void virtio_mmio_used(const struct virtio_device *device)
{
	device->state->interrupt_status |= USED_BUFFER;
	update_line(device);
}

void virtio_mmio_break(const struct virtio_device *device)
{
	struct virtio_mmio *state = device->state;

	state->status |= DEVICE_NEEDS_RESET;
	if (state->status & DRIVER_OK)
		state->interrupt_status |= CONFIGURATION_CHANGE;
	update_line(device);
}

void virtio_mmio_reset(const struct virtio_device *device)
{
	struct virtio_mmio *state = device->state;

	irq_line_set(&device->irq, false);
	memset((char *)state + sizeof(state->lock), 0, sizeof(*state) - sizeof(state->lock));
}

/* ---------------------------------------------------------------- reading */

/* `size` bytes of the configuration space, with zeros behind its end. */
static uint64_t read_config(const struct virtio_device *device, uint64_t offset, unsigned size)
{
	const uint8_t *config = device->config;
	uint64_t value = 0;

	for (unsigned i = 0; i < size && offset + i < device->config_size; i++)
		value |= (uint64_t)config[offset + i] << 8 * i;
	return value;
}

static uint32_t read_register(const struct virtio_device *device, uint64_t offset)
{
	const struct virtio_mmio *state = device->state;

	switch (offset) {
	case MAGIC_VALUE:
		return MAGIC;
	case VERSION:
		return 2;
	case DEVICE_ID:
		return device->device_id;
	case VENDOR_ID:
		return VENDOR;
	case DEVICE_FEATURES:
		if (state->device_features_sel > 1)
			return 0;
		return (uint32_t)(device->features >> 32 * state->device_features_sel);
	case QUEUE_NUM_MAX:
		return state->queue_sel == 0 ? VIRTQUEUE_SIZE_MAX : 0;
	case QUEUE_READY:
		return state->queue_sel == 0 && state->queue.ready;
	case INTERRUPT_STATUS:
		return state->interrupt_status;
	case STATUS:
		return state->status;
	default:
		/*
		 * There is no shared memory region, so both words of its length and base are all
		 * ones (4.2.2.1). ConfigGeneration is 0, as the configuration space never changes.
		 * Registers that can only be written read as 0.
		 */
		return offset >= SHM_LEN_LOW && offset <= SHM_BASE_HIGH ? UINT32_MAX : 0;
	}
}

bool virtio_mmio_read(
	const struct virtio_device *device, uint64_t offset, unsigned size, uint64_t *value)
{
	update_line(device);
	if (offset >= CONFIG_SPACE) {
		*value = read_config(device, offset - CONFIG_SPACE, size);
		return size <= 4;
	}
	*value = read_register(device, offset);
	return size == 4;
}

/* ---------------------------------------------------------------- writing */

static void accept_features(struct virtio_mmio *state, uint32_t value)
{
	uint32_t select = state->driver_features_sel;

	if (state->status & FEATURES_OK)
		return;
	if (select > 1)
		state->unknown_features |= value != 0;
	else
		state->driver_features =
			(state->driver_features & ~(0xffffffffull << 32 * select)) |
			(uint64_t)value << 32 * select;
}

static enum virtio_request set_status(const struct virtio_device *device, uint32_t value)
{
	struct virtio_mmio *state = device->state;

	if (value == 0) {
		virtio_mmio_reset(device);
		return VIRTIO_FORGET;
	}
	if (state->unknown_features || (state->driver_features & ~device->features) ||
		!(state->driver_features & VIRTIO_F_VERSION_1))
		value &= ~FEATURES_OK;
	if (!((state->status | value) & FEATURES_OK))
		value &= ~DRIVER_OK;
	/* Only a reset clears bits of Status (2.1.1). */
	state->status |= value & (ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK | FAILED);
	return VIRTIO_NOTHING;
}

static enum virtio_request set_ready(const struct virtio_device *device, uint32_t value)
{
	struct virtio_mmio *state = device->state;
	struct virtqueue *queue = &state->queue;

	if (!value) {
		queue->ready = false;
		return VIRTIO_FORGET;
	}
	if (!queue->ready && state->status & FEATURES_OK &&
		!virtqueue_start(queue, device->irq.vm, state->driver_features))
		virtio_mmio_break(device);
	return VIRTIO_NOTHING;
}

/* Writes the low or high word of an address, by the offset of the register. */
static void set_half(uint64_t *address, uint64_t offset, uint32_t value)
{
	unsigned shift = offset & 4 ? 32 : 0;

	*address = (*address & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
}

/* A write to one of the registers of the queue that QueueSel selects; there is queue 0 only. */
static enum virtio_request write_queue(
	const struct virtio_device *device, uint64_t offset, uint32_t value)
{
	struct virtqueue *queue = &device->state->queue;

	if (device->state->queue_sel != 0)
		return VIRTIO_NOTHING;
	if (offset == QUEUE_READY)
		return set_ready(device, value);
	if (queue->ready)
		return VIRTIO_NOTHING; /* a driver must not write the others now (4.2.3.2) */
	switch (offset) {
	case QUEUE_NUM:
		queue->size = value;
		break;
	case QUEUE_DESC_LOW:
	case QUEUE_DESC_HIGH:
		set_half(&queue->desc, offset, value);
		break;
	case QUEUE_DRIVER_LOW:
	case QUEUE_DRIVER_HIGH:
		set_half(&queue->driver, offset, value);
		break;
	case QUEUE_DEVICE_LOW:
	case QUEUE_DEVICE_HIGH:
		set_half(&queue->device, offset, value);
		break;
	default:
		break; /* not a register that can be written */
	}
	return VIRTIO_NOTHING;
}

static enum virtio_request write_register(
	const struct virtio_device *device, uint64_t offset, uint32_t value)
{
	struct virtio_mmio *state = device->state;

	switch (offset) {
	case DEVICE_FEATURES_SEL:
		state->device_features_sel = value;
		return VIRTIO_NOTHING;
	case DRIVER_FEATURES:
		accept_features(state, value);
		return VIRTIO_NOTHING;
	case DRIVER_FEATURES_SEL:
		state->driver_features_sel = value;
		return VIRTIO_NOTHING;
	case QUEUE_SEL:
		state->queue_sel = value;
		return VIRTIO_NOTHING;
	case QUEUE_NOTIFY:
		if (value == 0 && state->queue.ready &&
			(state->status & (DRIVER_OK | DEVICE_NEEDS_RESET)) == DRIVER_OK)
			return VIRTIO_NOTIFY;
		return VIRTIO_NOTHING;
	case INTERRUPT_ACK:
		state->interrupt_status &= ~value;
		update_line(device);
		return VIRTIO_NOTHING;
	case STATUS:
		return set_status(device, value);
	default:
		return write_queue(device, offset, value);
	}
}

enum virtio_request virtio_mmio_write(
	const struct virtio_device *device, uint64_t offset, unsigned size, uint64_t value)
{
	if (offset >= CONFIG_SPACE) /* all of it is read-only */
		return size <= 4 ? VIRTIO_NOTHING : VIRTIO_FAULT;
	if (size != 4)
		return VIRTIO_FAULT;
	return write_register(device, offset, (uint32_t)value);
}
