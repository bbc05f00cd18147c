/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a virtio device over MMIO (virtio 1.2, 4.2), with one queue: status, feature
 * negotiation, the queue's configuration, the interrupt. A device model calls these with `lock`
 * held and does what they say.
 */
#ifndef PINION_VIRTIO_MMIO_H
#define PINION_VIRTIO_MMIO_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "device/irq_line.h"
#include "device/virtqueue.h"
#include "lib/lock.h"

#define VIRTIO_F_VERSION_1 (1ull << 32)

/* What every device offers: the queue's features, and no legacy interface. */
#define VIRTIO_MMIO_FEATURES (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

struct virtio_mmio {
	struct lock lock; /* first, virtio_mmio_reset() leaves it alone */
	uint32_t status;
	uint32_t interrupt_status;
	uint32_t queue_sel;
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	bool unknown_features; /* the driver wants features of a word that has none */
	bool line;             /* level of the interrupt line */
	uint64_t driver_features;
	struct virtqueue queue;
};

/* What does not change of a device. */
struct virtio_device {
	struct virtio_mmio *state;
	struct irq_line irq;
	uint64_t features;
	const void *config; /* configuration space */
	uint32_t config_size;
	uint32_t device_id;
};

/* What a write asks of the device model. */
enum virtio_request {
	VIRTIO_NOTHING,
	VIRTIO_FAULT,  /* MMIO_FAULT: not an access of the specification */
	VIRTIO_NOTIFY, /* the queue, which is ready: there may be chains */
	VIRTIO_FORGET, /* the queue is not used any more: nor is what was taken from it */
};

/* False: MMIO_FAULT. */
bool virtio_mmio_read(
	const struct virtio_device *device, uint64_t offset, unsigned size, uint64_t *value);
enum virtio_request virtio_mmio_write(
	const struct virtio_device *device, uint64_t offset, unsigned size, uint64_t value);

/*
 * The queue, or what the driver put into it, is not what the specification allows:
 * DEVICE_NEEDS_RESET.
 */
void virtio_mmio_break(const struct virtio_device *device);

/* Raises the interrupt for used buffers. */
void virtio_mmio_used(const struct virtio_device *device);

/* The state after power-on. */
void virtio_mmio_reset(const struct virtio_device *device);

#endif
