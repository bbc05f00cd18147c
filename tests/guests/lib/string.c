// SPDX-License-Identifier: Apache-2.0
/* The functions of string.h that the guests use, and that the compiler calls. */
#include "string.h"

#include <stdint.h>

void *memset(void *target, int value, size_t size)
{
	uint8_t *p = target;

	while (size--)
		*p++ = (uint8_t)value;
	return target;
}

void *memcpy(void *restrict target, const void *restrict source, size_t size)
{
	uint8_t *to = target;
	const uint8_t *from = source;

	while (size--)
		*to++ = *from++;
	return target;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *p = a;
	const uint8_t *q = b;

	for (; size; size--, p++, q++) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}

size_t strlen(const char *text)
{
	const char *p = text;

	while (*p)
		p++;
	return (size_t)(p - text);
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *(const uint8_t *)a - *(const uint8_t *)b;
}
