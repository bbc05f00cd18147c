/* SPDX-License-Identifier: Apache-2.0 */
/* printf's formats, the few that the hypervisor uses. */
#ifndef PINION_FORMAT_H
#define PINION_FORMAT_H

#include <stdarg.h>

/* Takes the characters one by one. */
typedef void format_put_fn(char c);

/*
 * %c %s %d %u %x %p %%, with l or z for 64-bit integers, a width, and the flags 0 (pad with zeros)
 * and - (pad on the right). A NULL string is written as (null); an unknown conversion is written as
 * it stands and takes no argument.
 */
__attribute__((format(printf, 2, 0))) void format_va(
	format_put_fn *put, const char *format, va_list arguments);

#endif
