/* SPDX-License-Identifier: Apache-2.0 */
/* The part of printf() that the hypervisor needs. */
#ifndef PINION_FORMAT_H
#define PINION_FORMAT_H

#include <stdarg.h>

/* Takes the next character of the text. */
typedef void format_put_fn(char c);

/*
 * Formats `arguments` and calls `put` for each character. Knows %c %s %d %u %x %p %%, with l or z
 * for 64-bit integers, a width, and the flags 0 (pad with zeros) and - (pad on the right). Writes a
 * NULL string as (null). Writes an unknown conversion as it stands and takes no argument for it.
 */
__attribute__((format(printf, 2, 0))) void format_va(
	format_put_fn *put, const char *format, va_list arguments);
__attribute__((format(printf, 2, 3))) void format_to(format_put_fn *put, const char *format, ...);

#endif
