/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzz target reads its decisions from. */
#ifndef PINION_FUZZ_H
#define PINION_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The function that libFuzzer calls, with a fresh machine each time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

/* The next `bytes` (up to 8) as a little-endian number; zeros follow the end. */
static inline uint64_t input_take(struct input *input, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes && input->size; i++, input->size--)
		value |= (uint64_t)*input->data++ << 8 * i;
	return value;
}

static inline uint32_t input_below(struct input *input, uint32_t limit)
{
	return (uint32_t)input_take(input, 1) % limit;
}

/* A promise that was broken: libFuzzer keeps the input. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
