/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the C library's string.h that the guests use. */
#ifndef GUEST_STRING_H
#define GUEST_STRING_H

#include <stddef.h>

void *memset(void *target, int value, size_t size);
void *memcpy(void *restrict target, const void *restrict source, size_t size);
int memcmp(const void *a, const void *b, size_t size); /* stops at the first difference */
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

#endif
