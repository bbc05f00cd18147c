/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's side of a split virtqueue (virtio 1.2, 2.7). EL2 trusts nothing in the guest's
 * memory: it reads each descriptor chain once, checks it and uses its copy, and it bounds every
 * ring index.
 *
 * All functions are called on a pCPU of the VM, with the lock of the device held.
 */
#ifndef PINION_VIRTQUEUE_H
#define PINION_VIRTQUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"

#define VIRTQUEUE_SIZE_MAX 128u /* descriptors */

#define VIRTIO_F_INDIRECT_DESC (1ull << 28)
#define VIRTIO_F_EVENT_IDX     (1ull << 29)

struct virtq_avail;
struct virtq_used;

struct virtqueue {
	/* IPAs as the driver wrote them */
	uint64_t desc;   /* Descriptor Area */
	uint64_t driver; /* Driver Area: available ring */
	uint64_t device; /* Device Area: used ring */
	uint32_t size;   /* descriptors */
	bool ready;
	/* Valid while `ready`. */
	bool indirect;         /* VIRTIO_F_INDIRECT_DESC was negotiated */
	bool event_idx;        /* VIRTIO_F_EVENT_IDX was negotiated */
	uint16_t next_avail;   /* index of the next entry of the available ring */
	uint16_t used_idx;     /* idx of the used ring */
	uint16_t notified_idx; /* used_idx at the last virtqueue_wants_interrupt() */
	const struct virtq_avail *avail;
	struct virtq_used *used;
};

/* The buffer of one descriptor, which is all RAM of the VM. */
struct virtqueue_segment {
	uint64_t ipa;
	uint32_t size;
};

/*
 * A descriptor chain: `readable` bytes that the driver wrote, then `writable` bytes for the device
 * to write.
 */
struct virtqueue_chain {
	uint16_t head;           /* the index of its first descriptor */
	uint16_t count;          /* segments */
	uint16_t first_writable; /* the number of the first writable segment */
	uint64_t readable;
	uint64_t writable;  /* below 2^32 */
	uint64_t last_byte; /* IPA of the last writable byte */
	struct virtqueue_segment segments[VIRTQUEUE_SIZE_MAX];
};

/* A place in a chain. */
struct virtqueue_position {
	uint32_t segment; /* its number */
	uint32_t offset;  /* bytes into that segment */
};

/* VIRTQUEUE_BROKEN: the driver has put something into the queue that the specification forbids. */
enum virtqueue_result { VIRTQUEUE_EMPTY, VIRTQUEUE_CHAIN, VIRTQUEUE_BROKEN };

/*
 * Begins to use the queue that its fields desc, driver, device and size describe. `features` are
 * the negotiated ones. Returns false if the fields do not describe a queue in the VM's RAM.
 */
bool virtqueue_start(struct virtqueue *queue, const struct vm_config *vm, uint64_t features);

/* Takes the next available chain, and copies it to `chain`. */
enum virtqueue_result virtqueue_pop(
	struct virtqueue *queue, const struct vm_config *vm, struct virtqueue_chain *chain);

/* Gives a chain back to the driver. `written` bytes of its writable part were written. */
void virtqueue_push(struct virtqueue *queue, const struct virtqueue_chain *chain, uint32_t written);

/*
 * After VIRTQUEUE_EMPTY: asks the driver to notify the device of the next chain. Returns true if
 * there may be one already.
 */
bool virtqueue_wait(struct virtqueue *queue);

/* True if the driver wants an interrupt for the chains that were pushed since the last call. */
bool virtqueue_wants_interrupt(struct virtqueue *queue);

/*
 * Copy up to `size` bytes between EL2's `memory` and the chain, from `position` on, and move
 * `position` behind them. Return how many bytes there were.
 */
uint64_t virtqueue_read(const struct vm_config *vm, const struct virtqueue_chain *chain,
	struct virtqueue_position *position, void *memory, uint64_t size);
uint64_t virtqueue_write(const struct vm_config *vm, const struct virtqueue_chain *chain,
	struct virtqueue_position *position, const void *memory, uint64_t size);

#endif
