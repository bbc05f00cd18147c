/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's side of a split virtqueue (virtio 1.2, 2.7). Nothing in the guest's memory is
 * trusted: a descriptor chain is read once, checked, and worked on as a copy; every ring index is
 * bounded.
 *
 * All functions are called with the lock of the device held.
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
	/* IPAs, as the driver writes them */
	uint64_t desc;   /* Descriptor Area */
	uint64_t driver; /* Driver Area: available ring */
	uint64_t device; /* Device Area: used ring */
	uint32_t size;
	bool ready;
	/* While ready. */
	bool indirect;
	bool event_idx;
	uint16_t next_avail;   /* index of the next entry of the available ring */
	uint16_t used_idx;     /* what the used ring's idx is */
	uint16_t notified_idx; /* what it was when an interrupt was last considered */
	const struct virtq_avail *avail;
	struct virtq_used *used;
};

/* The buffer of one descriptor, all of it RAM of the VM. */
struct virtqueue_segment {
	uint64_t ipa;
	uint32_t size;
};

/*
 * A descriptor chain: `readable` bytes that the driver wrote, then `writable` bytes for the device
 * to write.
 */
struct virtqueue_chain {
	uint16_t head;
	uint16_t count;          /* of segments */
	uint16_t first_writable; /* segment */
	uint64_t readable;
	uint64_t writable;  /* below 2^32 */
	uint64_t last_byte; /* IPA of the last of the writable ones */
	struct virtqueue_segment segments[VIRTQUEUE_SIZE_MAX];
};

/* A place in a chain. */
struct virtqueue_position {
	uint32_t segment;
	uint32_t offset;
};

enum virtqueue_result { VIRTQUEUE_EMPTY, VIRTQUEUE_CHAIN, VIRTQUEUE_BROKEN };

/*
 * Begins to use the queue that desc, driver, device and size describe, under the `features`
 * negotiated. False: these are not a queue in the VM's RAM.
 */
bool virtqueue_start(struct virtqueue *queue, const struct vm_config *vm, uint64_t features);

/* Takes the next available chain. */
enum virtqueue_result virtqueue_pop(
	struct virtqueue *queue, const struct vm_config *vm, struct virtqueue_chain *chain);

/* Gives a chain back, after `written` bytes of its writable part were written. */
void virtqueue_push(struct virtqueue *queue, const struct virtqueue_chain *chain, uint32_t written);

/*
 * After VIRTQUEUE_EMPTY: has the driver notify the device of the next chain. True: there may be one
 * already.
 */
bool virtqueue_wait(struct virtqueue *queue);

/* True if the driver wants an interrupt for what was pushed since this was last asked. */
bool virtqueue_wants_interrupt(struct virtqueue *queue);

/*
 * Copies up to `size` bytes between `memory` and the chain, from `position` on, which moves: how
 * many there were.
 */
uint64_t virtqueue_read(const struct vm_config *vm, const struct virtqueue_chain *chain,
	struct virtqueue_position *position, void *memory, uint64_t size);
uint64_t virtqueue_write(const struct vm_config *vm, const struct virtqueue_chain *chain,
	struct virtqueue_position *position, const void *memory, uint64_t size);

#endif
