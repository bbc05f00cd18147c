/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of the C library that the compiler and libfdt call. They use general registers and
 * aligned accesses only, so they also work before the MMU is on. OPAQUE() keeps the compiler from
 * turning a loop into a call of the very function that contains it.
 */
#include "speed.h"
#include <stdint.h>
#include <string.h>

/* 8 bytes of whatever is copied, so it may alias any type. */
typedef uint64_t __attribute__((may_alias)) word;

#define OPAQUE() __asm__ volatile("")

static int misaligned(const void *pointer)
{
	return ((uintptr_t)pointer & (sizeof(word) - 1)) != 0;
}

/* Without `restrict`: memmove() relies on it that each step reads before it writes. */
HOT("virtio-blk read of 4 KiB")
void *memcpy(void *target, const void *source, size_t size)
{
	unsigned char *t = target;
	const unsigned char *s = source;

	/* By words, if source and target have the same misalignment. */
	if (!misaligned((const void *)((uintptr_t)t ^ (uintptr_t)s))) {
		for (; size > 0 && misaligned(t); size--) {
			*t++ = *s++;
			OPAQUE();
		}
		for (; size >= 8 * sizeof(word); size -= 8 * sizeof(word)) {
			const word *from = __builtin_assume_aligned(s, sizeof(word));
			word *to = __builtin_assume_aligned(t, sizeof(word));
			word a = from[0], b = from[1], c = from[2], d = from[3];
			word e = from[4], f = from[5], g = from[6], h = from[7];

			to[0] = a;
			to[1] = b;
			to[2] = c;
			to[3] = d;
			to[4] = e;
			to[5] = f;
			to[6] = g;
			to[7] = h;
			s += 8 * sizeof(word);
			t += 8 * sizeof(word);
			OPAQUE();
		}
		for (; size >= sizeof(word); size -= sizeof(word)) {
			*(word *)__builtin_assume_aligned(t, sizeof(word)) =
				*(const word *)__builtin_assume_aligned(s, sizeof(word));
			s += sizeof(word);
			t += sizeof(word);
			OPAQUE();
		}
	}
	while (size-- > 0) {
		*t++ = *s++;
		OPAQUE();
	}
	return target;
}

void *memmove(void *target, const void *source, size_t size)
{
	unsigned char *t = target;
	const unsigned char *s = source;

	/*
	 * memcpy() copies upwards, which is right if the two do not overlap or if the target begins
	 * below the source. In the latter case the difference wraps to a large number.
	 */
	if ((uintptr_t)t - (uintptr_t)s >= size)
		return memcpy(target, source, size);
	while (size-- > 0) {
		t[size] = s[size];
		OPAQUE();
	}
	return target;
}

HOT("boot per VM, 1 VMs")
void *memset(void *target, int value, size_t size)
{
	unsigned char *t = target;
	word pattern = 0x0101010101010101 * (word)(unsigned char)value;

	for (; size > 0 && misaligned(t); size--) {
		*t++ = (unsigned char)value;
		OPAQUE();
	}
	for (; size >= 4 * sizeof(word); size -= 4 * sizeof(word)) {
		word *to = __builtin_assume_aligned(t, sizeof(word));

		to[0] = pattern;
		to[1] = pattern;
		to[2] = pattern;
		to[3] = pattern;
		t += 4 * sizeof(word);
		OPAQUE();
	}
	while (size-- > 0) {
		*t++ = (unsigned char)value;
		OPAQUE();
	}
	return target;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const unsigned char *l = left;
	const unsigned char *r = right;

	for (size_t i = 0; i < size; i++) {
		if (l[i] != r[i])
			return l[i] - r[i];
	}
	return 0;
}

void *memchr(const void *memory, int value, size_t size)
{
	const unsigned char *m = memory;

	for (size_t i = 0; i < size; i++) {
		if (m[i] == (unsigned char)value)
			return (void *)(uintptr_t)(m + i);
	}
	return NULL;
}

size_t strnlen(const char *text, size_t limit)
{
	size_t length = 0;

	while (length < limit && text[length] != '\0') {
		length++;
		OPAQUE();
	}
	return length;
}

size_t strlen(const char *text)
{
	return strnlen(text, SIZE_MAX);
}

int strcmp(const char *left, const char *right)
{
	while (*left != '\0' && *left == *right) {
		left++;
		right++;
	}
	return (unsigned char)*left - (unsigned char)*right;
}

char *strrchr(const char *text, int c)
{
	const char *found = NULL;

	do {
		if (*text == (char)c)
			found = text;
	} while (*text++ != '\0');
	return (char *)(uintptr_t)found;
}
