/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a virtio device over MMIO (virtio 1.2, 4.2) with one queue: status, feature
 * negotiation, configuration of the queue, interrupt. A device model calls these functions on a
 * pCPU of the VM, with virtio_mmio.lock held, and does what they return.
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

/* The features that every device offers: those of the queue, and no legacy interface. */
#define VIRTIO_MMIO_FEATURES (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

struct virtio_mmio {
	struct lock lock; /* the first field: virtio_mmio_reset() zeroes all behind it */
	/* The registers of these names. */
	uint32_t status;
	uint32_t interrupt_status;
	uint32_t queue_sel;
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	/* The driver has accepted features from bit 64 on. No device offers any. */
	bool unknown_features;
	bool line;                /* level of the interrupt line */
	uint64_t driver_features; /* the features that the driver has accepted */
	struct virtqueue queue;
};

/* The constant part of a device. */
struct virtio_device {
	struct virtio_mmio *state;
	struct irq_line irq;
	uint64_t features;  /* the features that the device offers */
	const void *config; /* configuration space */
	uint32_t config_size;
	uint32_t device_id;
};

/* What the device model has to do after a write. */
enum virtio_request {
	VIRTIO_NOTHING,
	VIRTIO_FAULT,  /* return MMIO_FAULT: the specification has no such access */
	VIRTIO_NOTIFY, /* look at the queue, which is ready: it may have chains */
	VIRTIO_FORGET, /* drop what was taken from the queue, which is no longer in use */
};

/*
 * An access of the guest; parameters as of mmio_read_fn and mmio_write_fn. virtio_mmio_read()
 * returns false for MMIO_FAULT.
 */
bool virtio_mmio_read(
	const struct virtio_device *device, uint64_t offset, unsigned size, uint64_t *value);
enum virtio_request virtio_mmio_write(
	const struct virtio_device *device, uint64_t offset, unsigned size, uint64_t value);

/*
 * Sets DEVICE_NEEDS_RESET, because the driver has set up the queue, or put something into it, as
 * the specification does not allow.
 */
void virtio_mmio_break(const struct virtio_device *device);

/* Raises the interrupt for used buffers. */
void virtio_mmio_used(const struct virtio_device *device);

/* Puts the registers and the queue into the state after power-on. */
void virtio_mmio_reset(const struct virtio_device *device);

#endif
