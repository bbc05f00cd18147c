/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated block device of a VM (virtio 1.2, 5.2), on memory that only this VM's EL2 views map.
 * Every request is carried out by the pCPU that notifies the device, a bounded piece of work per
 * exit: until all is done, the guest executes its write of QueueNotify again, and takes interrupts
 * in between.
 */
#ifndef PINION_VIRTIO_BLK_H
#define PINION_VIRTIO_BLK_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "device/virtio_mmio.h"
#include "device/virtqueue.h"

#define VIRTIO_ID_BLOCK 2

#define VIRTIO_BLK_F_SEG_MAX (1ull << 2)
#define VIRTIO_BLK_F_RO      (1ull << 5)
#define VIRTIO_BLK_F_FLUSH   (1ull << 9)

#define VIRTIO_BLK_FEATURES (VIRTIO_MMIO_FEATURES | VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_FLUSH)

#define VIRTIO_BLK_SECTOR   512u
#define VIRTIO_BLK_ID_BYTES 20
#define VIRTIO_BLK_SEG_MAX  (VIRTQUEUE_SIZE_MAX - 2) /* header and status have a descriptor each */

/* The configuration space (5.2.4), as far as the features offered go. */
struct virtio_blk_config {
	uint64_t capacity; /* sectors */
	uint32_t size_max;
	uint32_t seg_max;
};

struct virtio_blk {
	struct virtio_mmio mmio; /* first: the lock is its */
	/* The request under way. */
	bool busy;
	uint8_t status;   /* it will have */
	bool write;       /* to the disk */
	uint32_t written; /* bytes of the chain's writable part so far */
	uint64_t offset;  /* into the disk */
	uint64_t left;    /* bytes of data */
	struct virtqueue_position position;
	struct virtqueue_chain chain;
};

struct virtio_blk_device {
	struct virtio_device virtio;
	struct virtio_blk_config config;
	struct virtio_blk *state;
	uint64_t disk; /* its memory; read-only where VIRTIO_BLK_F_RO is offered */
	char id[VIRTIO_BLK_ID_BYTES];
};

/*
 * What the generated tables name; `device` is a struct virtio_blk_device.
 */
enum mmio_result virtio_blk_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value);
enum mmio_result virtio_blk_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value);
void virtio_blk_reset(const void *device);

#endif
