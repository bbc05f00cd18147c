/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring buffer of text on its way to the UART. It has one writer at a time, and the pCPU that
 * holds the UART's lock takes text out. Neither waits for the other. Text that has gone out can be
 * read again until it is overwritten.
 */
#ifndef PINION_OUTPUT_H
#define PINION_OUTPUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes. A power of two, as the indices wrap at 2^32. */
#define OUTPUT_SIZE 4096u

/*
 * Bytes before `published` that can be read again. The writer of a console keeps them: it lets no
 * more than the rest of the ring wait.
 */
#define OUTPUT_HISTORY 3072u

/* All zero is an empty ring. tail <= published <= head <= tail + OUTPUT_SIZE, modulo 2^32. */
struct output {
	uint32_t head;              /* index of the next byte to write; for the writer alone */
	_Atomic uint32_t published; /* bytes before this index may go out; set by the writer */
	_Atomic uint32_t tail;      /* next byte to go out; set by the holder of the UART's lock */
	_Atomic bool wants_room;    /* the writer waits for room; see output_want_room() */
	_Atomic uint8_t text[OUTPUT_SIZE];
};

/* ---------------------------------------------------------------- for the writer */

/* Bytes that have not gone out. */
static inline uint32_t output_used(const struct output *output)
{
	/*
	 * Acquire pairs with the release in output_take(): the reader has read a byte before the
	 * writer overwrites it.
	 */
	return output->head - atomic_load_explicit(&output->tail, memory_order_acquire);
}

/* Bytes that are written and may not go out yet. */
static inline uint32_t output_unpublished(const struct output *output)
{
	return output->head - atomic_load_explicit(&output->published, memory_order_relaxed);
}

/* Writes a byte. The caller has checked that there is room. */
static inline void output_put(struct output *output, uint8_t byte)
{
	atomic_store_explicit(
		&output->text[output->head++ % OUTPUT_SIZE], byte, memory_order_relaxed);
}

/*
 * Publishes all bytes written so far: they may go out. Returns false if they were published
 * already. The caller then calls console_drain().
 */
static inline bool output_publish(struct output *output)
{
	if (output_unpublished(output) == 0)
		return false;
	/*
	 * Release pairs with the acquire in output_ready(): the bytes are there before the index.
	 */
	atomic_store_explicit(&output->published, output->head, memory_order_release);
	return true;
}

/*
 * Asks for a vcpu_request() to the writer once at most CONSOLE_TX_SIZE / 2 published bytes are left
 * (notify_room() in terminal.c). The caller then calls console_drain().
 */
static inline void output_want_room(struct output *output)
{
	/* Release pairs with the exchange in notify_room(), which then sees what fills the ring. */
	atomic_store_explicit(&output->wants_room, true, memory_order_release);
}

/* ---------------------------------------------------------------- for readers */

/* True if the writer waits for room. */
static inline bool output_wants_room(const struct output *output)
{
	return atomic_load_explicit(&output->wants_room, memory_order_relaxed);
}

/* Bytes that may go out. */
static inline uint32_t output_ready(const struct output *output)
{
	/* Acquire pairs with the release in output_publish(). */
	return atomic_load_explicit(&output->published, memory_order_acquire) -
	       atomic_load_explicit(&output->tail, memory_order_relaxed);
}

/*
 * The byte at an index that counts as `tail` does. It is one that is ready, or one of the
 * OUTPUT_HISTORY bytes before `published`.
 */
static inline char output_at(const struct output *output, uint32_t index)
{
	return (char)atomic_load_explicit(&output->text[index % OUTPUT_SIZE], memory_order_relaxed);
}

/* The next byte to go out; there is one. */
static inline char output_next(const struct output *output)
{
	return output_at(output, atomic_load_explicit(&output->tail, memory_order_relaxed));
}

/* Removes the next byte. */
static inline void output_take(struct output *output)
{
	/* Release pairs with the acquire in output_used(): the byte has been read. */
	atomic_store_explicit(&output->tail,
		atomic_load_explicit(&output->tail, memory_order_relaxed) + 1,
		memory_order_release);
}

#endif
