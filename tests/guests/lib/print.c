// SPDX-License-Identifier: Apache-2.0
/* Text on the PL011. */
#include "print.h"

#include <stdbool.h>

#include "fdt.h"
#include "sysreg.h"

enum { UARTDR = 0x00, UARTFR = 0x18, UARTFR_TXFF = 1 << 5 };

uint64_t uart_base = 0x09000000; /* 0: there is none, and nothing is printed */
static uint32_t locked;

void print_init(void)
{
	uint64_t size;

	if (!fdt_reg(fdt_compatible("arm,pl011"), 0, &uart_base, &size))
		uart_base = 0;
}

static void put(char c)
{
	if (!uart_base)
		return;
	while (read32(uart_base + UARTFR) & UARTFR_TXFF)
		relax();
	write32(uart_base + UARTDR, (uint8_t)c);
}

static void put_number(uint64_t value, uint64_t base)
{
	char digits[20];
	uint32_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count)
		put(digits[--count]);
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++);
}

void print_list(const char *format, va_list list)
{
	for (const char *p = format; *p; p++) {
		if (*p != '%') {
			if (*p == '\n')
				put('\r');
			put(*p);
			continue;
		}
		bool is_long = *++p == 'l';
		int64_t number;

		if (is_long)
			p++;
		switch (*p) {
		case 'd':
			number = is_long ? va_arg(list, int64_t) : va_arg(list, int32_t);
			if (number < 0)
				put('-');
			put_number(number < 0 ? -(uint64_t)number : (uint64_t)number, 10);
			break;
		case 'u':
		case 'x':
			put_number(is_long ? va_arg(list, uint64_t) : va_arg(list, uint32_t),
				*p == 'x' ? 16 : 10);
			break;
		case 's':
			put_text(va_arg(list, const char *));
			break;
		case 'c':
			put((char)va_arg(list, int));
			break;
		default:
			put(*p);
			break;
		}
	}
}

void print(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	while (__atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE))
		relax();
	print_list(format, list);
	__atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
	va_end(list);
}
