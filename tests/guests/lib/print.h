/* SPDX-License-Identifier: Apache-2.0 */
/* Text on the PL011. */
#ifndef GUEST_PRINT_H
#define GUEST_PRINT_H

#include <stdarg.h>
#include <stdint.h>

extern uint64_t uart_base;

/* Finds the PL011 in the device tree. */
void print_init(void);

/* One call's text stays together. Knows %d %u %x %lu %lx %s %c %%. Not for interrupt handlers. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same without the lock. */
void print_list(const char *format, va_list list) __attribute__((format(printf, 1, 0)));

#endif
