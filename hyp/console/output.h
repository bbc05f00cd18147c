/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text on its way to the UART. One writer at a time; the holder of the UART's lock takes it out.
 * Neither waits for the other, and what has gone out can still be read until it is overwritten.
 */
#ifndef PINION_OUTPUT_H
#define PINION_OUTPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A power of two, so that the indices may count on through 2^32. */
#define OUTPUT_SIZE 4096u

/* Of what was published last, so much is still there: writers let no more than the rest wait. */
#define OUTPUT_HISTORY 3072u

/* All zero is empty. tail <= published <= head <= tail + OUTPUT_SIZE. */
struct output {
	uint32_t head;              /* next to write: writer alone */
	_Atomic uint32_t published; /* written by the writer: bytes before it may go out */
	_Atomic uint32_t tail;      /* written by the holder of the UART's lock */
	_Atomic bool
		wants_room; /* the writer wants to be asked as soon as the better part is sent */
	_Atomic uint8_t text[OUTPUT_SIZE];
};

/* The writer's side. */

/* Bytes that have not gone out. */
static inline uint32_t output_used(const struct output *output)
{
	/*
	 * Acquire, with the release in output_take(): what was there has been read before it is
	 * overwritten.
	 */
	return output->head - atomic_load_explicit(&output->tail, memory_order_acquire);
}

static inline uint32_t output_unpublished(const struct output *output)
{
	return output->head - atomic_load_explicit(&output->published, memory_order_relaxed);
}

/* Writes a byte; the caller has seen that there is room. */
static inline void output_put(struct output *output, uint8_t byte)
{
	atomic_store_explicit(
		&output->text[output->head++ % OUTPUT_SIZE], byte, memory_order_relaxed);
}

/* Lets everything written so far out. False: it was already. To be followed by console_drain(). */
static inline bool output_publish(struct output *output)
{
	if (output_unpublished(output) == 0)
		return false;
	/*
	 * Release, with the acquire in output_ready(): the bytes are there before the index says
	 * so.
	 */
	atomic_store_explicit(&output->published, output->head, memory_order_release);
	return true;
}

/* Wishes to be asked (vcpu_request()) once there is room. To be followed by console_drain(). */
static inline void output_want_room(struct output *output)
{
	/* Release: what fills the ring is there. Pairs with the exchange in notify_room(). */
	atomic_store_explicit(&output->wants_room, true, memory_order_release);
}

/* The reader's side. */

/* True if the writer waits for room. */
static inline bool output_wants_room(const struct output *output)
{
	return atomic_load_explicit(&output->wants_room, memory_order_relaxed);
}

/* Bytes that may go out. */
static inline uint32_t output_ready(const struct output *output)
{
	return atomic_load_explicit(&output->published, memory_order_acquire) -
	       atomic_load_explicit(&output->tail, memory_order_relaxed);
}

/*
 * The byte at an index that counts like the indices above: the next, or one of OUTPUT_HISTORY
 * before `published`.
 */
static inline char output_at(const struct output *output, uint32_t index)
{
	return (char)atomic_load_explicit(&output->text[index % OUTPUT_SIZE], memory_order_relaxed);
}

static inline char output_next(const struct output *output)
{
	return output_at(output, atomic_load_explicit(&output->tail, memory_order_relaxed));
}

static inline void output_take(struct output *output)
{
	/* Release: the byte has been read. Pairs with output_used(). */
	atomic_store_explicit(&output->tail,
		atomic_load_explicit(&output->tail, memory_order_relaxed) + 1,
		memory_order_release);
}

#endif
