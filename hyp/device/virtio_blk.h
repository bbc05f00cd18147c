/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated block device of a VM (virtio 1.2, 5.2). The disk is memory that only this VM's EL2
 * views map. The pCPU that notifies the device carries out all requests, a bounded amount per exit.
 * Until all are done, the guest executes its write of QueueNotify again, and can take interrupts in
 * between.
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
#define VIRTIO_BLK_SEG_MAX  (VIRTQUEUE_SIZE_MAX - 2) /* without header and status */

/* The beginning of the configuration space (5.2.4): all that the offered features need. */
struct virtio_blk_config {
	uint64_t capacity; /* sectors */
	uint32_t size_max;
	uint32_t seg_max;
};

struct virtio_blk {
	struct virtio_mmio mmio; /* its lock protects all of this */
	bool busy;               /* a request is under way; the other fields are about it */
	uint8_t status;          /* the status byte that it will get */
	bool write;              /* it writes to the disk */
	uint32_t written;        /* bytes written so far to the chain's writable part */
	uint64_t offset;         /* the next byte of the disk */
	uint64_t left;           /* bytes of data that are still to be moved */
	struct virtqueue_position position; /* where in the chain they are */
	struct virtqueue_chain chain;
};

struct virtio_blk_device {
	struct virtio_device virtio;
	struct virtio_blk_config config;
	struct virtio_blk *state;
	/* The address of its memory, which EL2 maps read-only if VIRTIO_BLK_F_RO is offered. */
	uint64_t disk;
	char id[VIRTIO_BLK_ID_BYTES];
};

/* The functions of struct mmio_region; `device` points to a struct virtio_blk_device. */
enum mmio_result virtio_blk_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value);
enum mmio_result virtio_blk_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value);
void virtio_blk_reset(const void *device);

#endif
