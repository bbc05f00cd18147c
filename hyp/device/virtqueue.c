/* SPDX-License-Identifier: Apache-2.0 */
/* The device's side of a split virtqueue. Section numbers are those of virtio 1.2. */
#include "device/virtqueue.h"

#include <stddef.h>

#include "vm/guest_ram.h"

/* Sections 2.7.5 to 2.7.8. Fields are little-endian, as the CPU is. */
#define VIRTQ_DESC_F_NEXT     1u
#define VIRTQ_DESC_F_WRITE    2u
#define VIRTQ_DESC_F_INDIRECT 4u

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

#define VIRTQ_AVAIL_F_NO_INTERRUPT 1u

struct virtq_avail {
	_Atomic uint16_t flags;
	_Atomic uint16_t idx;
	_Atomic uint16_t ring[]; /* used_event follows it */
};

struct virtq_used_elem {
	_Atomic uint32_t id;
	_Atomic uint32_t len;
};

struct virtq_used {
	_Atomic uint16_t flags;
	_Atomic uint16_t idx;
	struct virtq_used_elem ring[]; /* avail_event follows it */
};

bool virtqueue_start(struct virtqueue *queue, const struct vm_config *vm, uint64_t features)
{
	uint64_t size = queue->size;

	if (size == 0 || size > VIRTQUEUE_SIZE_MAX || (size & (size - 1)))
		return false;
	if (queue->desc % 16 || queue->driver % 2 || queue->device % 4)
		return false;
	queue->avail = guest_ram_at(vm, queue->driver, sizeof(struct virtq_avail) + 2 * size + 2);
	queue->used = guest_ram_at(vm, queue->device,
		sizeof(struct virtq_used) + sizeof(struct virtq_used_elem) * size + 2);
	if (!queue->avail || !queue->used ||
		!guest_ram_holds(vm, queue->desc, sizeof(struct virtq_desc) * size))
		return false;
	queue->indirect = features & VIRTIO_F_INDIRECT_DESC;
	queue->event_idx = features & VIRTIO_F_EVENT_IDX;
	queue->next_avail = 0;
	queue->used_idx = 0;
	queue->notified_idx = 0;
	queue->ready = true;
	return true;
}

/*
 * Adds the buffer of a descriptor to the chain, which may have at most `limit` segments. Returns
 * false if the descriptor is not allowed there.
 */
static bool add_segment(struct virtqueue_chain *chain, const struct vm_config *vm,
	const struct virtq_desc *desc, uint32_t limit)
{
	bool writable = desc->flags & VIRTQ_DESC_F_WRITE;

	if (chain->count == limit || !guest_ram_holds(vm, desc->addr, desc->len))
		return false;
	chain->segments[chain->count] =
		(struct virtqueue_segment){.ipa = desc->addr, .size = desc->len};
	chain->count++;
	if (writable) {
		chain->writable += desc->len;
		if (desc->len > 0)
			chain->last_byte = desc->addr + desc->len - 1;
		return chain->writable <= UINT32_MAX;
	}
	if (chain->first_writable + 1u != chain->count)
		return false; /* a readable buffer after a writable one (2.7.4.2) */
	chain->first_writable = chain->count;
	chain->readable += desc->len;
	return true;
}

/* Reads the chain that begins at descriptor `index`. Returns false if it is not valid. */
static bool read_chain(const struct virtqueue *queue, const struct vm_config *vm,
	struct virtqueue_chain *chain, uint32_t index)
{
	uint64_t table = queue->desc;
	uint32_t entries = queue->size;
	bool inside = false; /* of an indirect table */
	struct virtq_desc desc;

	/*
	 * The loop ends, as each round adds a segment, whose number is limited, or enters an
	 * indirect table, which happens once.
	 */
	for (;;) {
		if (index >= entries ||
			!guest_ram_read(vm, table + sizeof(desc) * index, &desc, sizeof(desc)))
			return false;
		if (desc.flags & VIRTQ_DESC_F_INDIRECT) {
			/*
			 * 2.7.5.3.1; the device has to ignore VIRTQ_DESC_F_WRITE here (2.7.5.3.2).
			 */
			if (!queue->indirect || inside || desc.flags & VIRTQ_DESC_F_NEXT ||
				desc.len % sizeof(desc))
				return false;
			inside = true;
			table = desc.addr;
			entries = desc.len / sizeof(desc);
			index = 0;
			continue;
		}
		if (!add_segment(chain, vm, &desc, queue->size))
			return false;
		if (!(desc.flags & VIRTQ_DESC_F_NEXT))
			return true;
		index = desc.next;
	}
}

enum virtqueue_result virtqueue_pop(
	struct virtqueue *queue, const struct vm_config *vm, struct virtqueue_chain *chain)
{
	/*
	 * Acquire pairs with the driver's barrier before its store of idx: ring entry, descriptors
	 * and buffers are there.
	 */
	uint16_t idx = atomic_load_explicit(&queue->avail->idx, memory_order_acquire);
	uint16_t head;

	if (idx == queue->next_avail)
		return VIRTQUEUE_EMPTY;
	if ((uint16_t)(idx - queue->next_avail) > queue->size)
		return VIRTQUEUE_BROKEN;
	head = atomic_load_explicit(
		&queue->avail->ring[queue->next_avail & (queue->size - 1)], memory_order_relaxed);
	queue->next_avail++;
	chain->head = head;
	chain->count = 0;
	chain->first_writable = 0;
	chain->readable = 0;
	chain->writable = 0;
	return read_chain(queue, vm, chain, head) ? VIRTQUEUE_CHAIN : VIRTQUEUE_BROKEN;
}

void virtqueue_push(struct virtqueue *queue, const struct virtqueue_chain *chain, uint32_t written)
{
	struct virtq_used_elem *elem = &queue->used->ring[queue->used_idx & (queue->size - 1)];

	atomic_store_explicit(&elem->id, chain->head, memory_order_relaxed);
	atomic_store_explicit(&elem->len, written, memory_order_relaxed);
	queue->used_idx++;
	/*
	 * Release: buffers and element are written before idx; pairs with the driver's barrier
	 * after its load of idx. Sequentially consistent: this store comes before the load in
	 * virtqueue_wants_interrupt(); the driver has a barrier between its store of what that load
	 * reads and its load of idx.
	 */
	atomic_store_explicit(&queue->used->idx, queue->used_idx, memory_order_seq_cst);
}

bool virtqueue_wait(struct virtqueue *queue)
{
	_Atomic uint16_t *avail_event = (_Atomic uint16_t *)(void *)&queue->used->ring[queue->size];

	if (!queue->event_idx)
		return false; /* the used ring's flags are 0, so the driver always notifies */
	/*
	 * Both sequentially consistent, as the driver has a barrier between its store of idx and
	 * its load of avail_event: the driver sees this store, or this pCPU sees its chain.
	 */
	atomic_store_explicit(avail_event, queue->next_avail, memory_order_seq_cst);
	return atomic_load_explicit(&queue->avail->idx, memory_order_seq_cst) != queue->next_avail;
}

bool virtqueue_wants_interrupt(struct virtqueue *queue)
{
	uint16_t pushed = (uint16_t)(queue->used_idx - queue->notified_idx);
	uint16_t event;

	queue->notified_idx = queue->used_idx;
	if (pushed == 0)
		return false;
	if (!queue->event_idx)
		return !(atomic_load_explicit(&queue->avail->flags, memory_order_seq_cst) &
			 VIRTQ_AVAIL_F_NO_INTERRUPT);
	/* used_event (2.7.7.2): true if one of the pushed elements has that index. */
	event = atomic_load_explicit(&queue->avail->ring[queue->size], memory_order_seq_cst);
	return (uint16_t)(queue->used_idx - event - 1) < pushed;
}

/*
 * Sets `piece` to the rest of the segment at `position`, but to at most `size` bytes, and moves
 * `position` behind it. Returns false at the end of the chain.
 */
static bool next_piece(const struct virtqueue_chain *chain, struct virtqueue_position *position,
	uint64_t size, struct virtqueue_segment *piece)
{
	const struct virtqueue_segment *segment = &chain->segments[position->segment];
	uint32_t left;

	if (position->segment >= chain->count)
		return false;
	left = segment->size - position->offset;
	piece->ipa = segment->ipa + position->offset;
	if (size < left) {
		piece->size = (uint32_t)size;
		position->offset += piece->size;
	} else {
		piece->size = left;
		position->segment++;
		position->offset = 0;
	}
	return true;
}

uint64_t virtqueue_read(const struct vm_config *vm, const struct virtqueue_chain *chain,
	struct virtqueue_position *position, void *memory, uint64_t size)
{
	struct virtqueue_segment piece;
	uint64_t done = 0;

	while (done < size && next_piece(chain, position, size - done, &piece)) {
		if (!guest_ram_read(vm, piece.ipa, (uint8_t *)memory + done, piece.size))
			break;
		done += piece.size;
	}
	return done;
}

uint64_t virtqueue_write(const struct vm_config *vm, const struct virtqueue_chain *chain,
	struct virtqueue_position *position, const void *memory, uint64_t size)
{
	struct virtqueue_segment piece;
	uint64_t done = 0;

	while (done < size && next_piece(chain, position, size - done, &piece)) {
		if (!guest_ram_write(vm, piece.ipa, (const uint8_t *)memory + done, piece.size))
			break;
		done += piece.size;
	}
	return done;
}
