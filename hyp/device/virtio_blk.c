/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated disk. Section numbers are those of virtio 1.2. */
#include "device/virtio_blk.h"

#include <stddef.h>

#include "vm/guest_ram.h"

/* Types and status of a request, and its header (5.2.6). */
#define VIRTIO_BLK_T_IN     0u
#define VIRTIO_BLK_T_OUT    1u
#define VIRTIO_BLK_T_FLUSH  4u
#define VIRTIO_BLK_T_GET_ID 8u

#define VIRTIO_BLK_S_OK     0u
#define VIRTIO_BLK_S_IOERR  1u
#define VIRTIO_BLK_S_UNSUPP 2u

struct virtio_blk_req {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector;
};

/*
 * The limit of one exit's work, in bytes copied. A chain, and each of its descriptors, takes time
 * of its own, and counts as copying so many bytes.
 */
#define WORK_PER_EXIT    16384u
#define WORK_PER_CHAIN   512u
#define WORK_PER_SEGMENT 128u

/*
 * Sets the request's data to `size` bytes of the disk from `sector` on. Returns false if they are
 * not whole sectors of the disk.
 */
static bool set_transfer(const struct virtio_blk_device *device, uint64_t sector, uint64_t size)
{
	struct virtio_blk *blk = device->state;
	uint64_t capacity = device->config.capacity;

	if (size % VIRTIO_BLK_SECTOR || sector > capacity ||
		size / VIRTIO_BLK_SECTOR > capacity - sector)
		return false;
	blk->offset = sector * VIRTIO_BLK_SECTOR;
	blk->left = size;
	return true;
}

/* Begins a request of `type`, and returns its status. Its data, if any, is still to be moved. */
static unsigned begin_type(const struct virtio_blk_device *device, uint32_t type, uint64_t sector)
{
	struct virtio_blk *blk = device->state;

	switch (type) {
	case VIRTIO_BLK_T_IN:
		return set_transfer(device, sector, blk->chain.writable - 1) ? VIRTIO_BLK_S_OK
		                                                             : VIRTIO_BLK_S_IOERR;
	case VIRTIO_BLK_T_OUT:
		blk->write = true;
		if (device->virtio.features & VIRTIO_BLK_F_RO)
			return VIRTIO_BLK_S_IOERR;
		return set_transfer(
			       device, sector, blk->chain.readable - sizeof(struct virtio_blk_req))
		               ? VIRTIO_BLK_S_OK
		               : VIRTIO_BLK_S_IOERR;
	case VIRTIO_BLK_T_FLUSH:
		return VIRTIO_BLK_S_OK; /* written data is in the disk's memory already */
	case VIRTIO_BLK_T_GET_ID:
		/*
		 * If the chain is too short for ID and status, the status overwrites the last byte
		 * of the ID.
		 */
		blk->written = (uint32_t)virtqueue_write(device->virtio.irq.vm, &blk->chain,
			&blk->position, device->id, VIRTIO_BLK_ID_BYTES);
		return VIRTIO_BLK_S_OK;
	default:
		return VIRTIO_BLK_S_UNSUPP;
	}
}

/* Begins the request in `chain`. Returns false if that has no room for header and status. */
static bool begin(const struct virtio_blk_device *device)
{
	struct virtio_blk *blk = device->state;
	struct virtqueue_position start = {0, 0};
	struct virtio_blk_req request;

	if (blk->chain.readable < sizeof(request) || blk->chain.writable < 1)
		return false;
	virtqueue_read(device->virtio.irq.vm, &blk->chain, &start, &request, sizeof(request));
	blk->busy = true;
	blk->write = false;
	blk->left = 0;
	blk->written = 0;
	if (request.type == VIRTIO_BLK_T_OUT)
		blk->position = start;
	else
		blk->position = (struct virtqueue_position){.segment = blk->chain.first_writable};
	blk->status = (uint8_t)begin_type(device, request.type, request.sector);
	return true;
}

/* Moves up to `size` bytes of the request's data. */
static void transfer(const struct virtio_blk_device *device, uint64_t size)
{
	const struct vm_config *vm = device->virtio.irq.vm;
	struct virtio_blk *blk = device->state;
	uint8_t *disk = (uint8_t *)(uintptr_t)(device->disk + blk->offset);

	if (blk->write)
		virtqueue_read(vm, &blk->chain, &blk->position, disk, size);
	else
		blk->written +=
			(uint32_t)virtqueue_write(vm, &blk->chain, &blk->position, disk, size);
	blk->offset += size;
	blk->left -= size;
}

/* Writes the request's status and gives the chain back to the driver. */
static void finish(const struct virtio_blk_device *device)
{
	struct virtio_blk *blk = device->state;

	guest_ram_write(device->virtio.irq.vm, blk->chain.last_byte, &blk->status, 1);
	/*
	 * The driver may rely on `written` bytes from the first writable one on (2.7.8.2). So the
	 * status counts only if all bytes before it were written.
	 */
	if (blk->written + 1 == blk->chain.writable)
		blk->written++;
	virtqueue_push(&blk->mmio.queue, &blk->chain, blk->written);
	blk->busy = false;
}

/*
 * Carries out requests of the queue. Returns false if the limit of this exit was reached before the
 * end.
 */
static bool serve(const struct virtio_blk_device *device)
{
	struct virtio_blk *blk = device->state;
	struct virtqueue *queue = &blk->mmio.queue;
	uint64_t work = WORK_PER_EXIT;
	bool done = false;

	/*
	 * Each round costs work, so other vCPUs of the VM that change the rings cannot prolong it.
	 */
	while (!done && work >= WORK_PER_CHAIN) {
		if (blk->busy) {
			uint64_t size = blk->left < work ? blk->left : work;

			transfer(device, size);
			work -= size;
			if (blk->left == 0)
				finish(device);
			continue;
		}
		work -= WORK_PER_CHAIN;
		switch (virtqueue_pop(queue, device->virtio.irq.vm, &blk->chain)) {
		case VIRTQUEUE_EMPTY:
			done = !virtqueue_wait(queue);
			break;
		case VIRTQUEUE_CHAIN:
			work -= work < blk->chain.count * WORK_PER_SEGMENT
			                ? work
			                : blk->chain.count * WORK_PER_SEGMENT;
			if (begin(device))
				break;
			__attribute__((fallthrough));
		case VIRTQUEUE_BROKEN:
			virtio_mmio_break(&device->virtio);
			done = true;
			break;
		}
	}
	if (virtqueue_wants_interrupt(queue))
		virtio_mmio_used(&device->virtio);
	return done;
}

enum mmio_result virtio_blk_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value)
{
	const struct virtio_blk_device *self = device;
	struct lock *lock = &self->state->mmio.lock;
	bool right;

	(void)vcpu;
	lock_acquire(lock);
	right = virtio_mmio_read(&self->virtio, offset, size, value);
	lock_release(lock);
	return right ? MMIO_DONE : MMIO_FAULT;
}

enum mmio_result virtio_blk_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value)
{
	const struct virtio_blk_device *self = device;
	struct lock *lock = &self->state->mmio.lock;
	enum mmio_result result = MMIO_DONE;

	(void)vcpu;
	lock_acquire(lock);
	switch (virtio_mmio_write(&self->virtio, offset, size, value)) {
	case VIRTIO_NOTHING:
		break;
	case VIRTIO_FAULT:
		result = MMIO_FAULT;
		break;
	case VIRTIO_NOTIFY:
		if (!serve(self))
			result = MMIO_RETRY;
		break;
	case VIRTIO_FORGET:
		self->state->busy = false;
		break;
	}
	lock_release(lock);
	return result;
}

void virtio_blk_reset(const void *device)
{
	const struct virtio_blk_device *self = device;
	struct lock *lock = &self->state->mmio.lock;

	lock_acquire(lock);
	virtio_mmio_reset(&self->virtio);
	self->state->busy = false;
	lock_release(lock);
}
