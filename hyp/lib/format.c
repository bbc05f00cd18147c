/* SPDX-License-Identifier: Apache-2.0 */
/* Formats text as printf() does, and passes each character to a function. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/format.h"

/* The flags, width and size of one conversion. */
struct field {
	bool left;  /* `-` */
	bool zeros; /* `0` */
	bool wide;  /* `l` or `z`: the argument has 64 bits */
	unsigned width;
};

static void put_padding(format_put_fn *put, char c, unsigned count)
{
	while (count-- > 0)
		put(c);
}

static void put_text(
	format_put_fn *put, const char *text, unsigned length, const struct field *field)
{
	unsigned padding = field->width > length ? field->width - length : 0;

	if (!field->left)
		put_padding(put, ' ', padding);
	for (unsigned i = 0; i < length; i++)
		put(text[i]);
	if (field->left)
		put_padding(put, ' ', padding);
}

static void put_number(
	format_put_fn *put, uint64_t value, unsigned base, const char *prefix, struct field *field)
{
	char text[24]; /* 20 digits of 2^64 - 1, and the prefix */
	unsigned at = sizeof(text);
	unsigned prefix_length = 0;

	while (prefix[prefix_length] != '\0')
		prefix_length++;
	do {
		text[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (field->zeros && !field->left) {
		for (unsigned i = 0; i < prefix_length; i++)
			put(prefix[i]);
		unsigned length = (unsigned)sizeof(text) - at + prefix_length;

		if (field->width > length)
			put_padding(put, '0', field->width - length);
		field->width = 0;
	} else {
		while (prefix_length > 0)
			text[--at] = prefix[--prefix_length];
	}
	put_text(put, text + at, (unsigned)sizeof(text) - at, field);
}

/*
 * Reads flags, width and size at `format`, which points behind the %. Returns a pointer to the
 * conversion character.
 */
static const char *read_field(const char *format, struct field *field)
{
	*field = (struct field){.left = false};
	for (; *format == '0' || *format == '-'; format++) {
		if (*format == '0')
			field->zeros = true;
		else
			field->left = true;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		field->width = field->width * 10 + (unsigned)(*format - '0');
	for (; *format == 'l' || *format == 'z'; format++)
		field->wide = true;
	return format;
}

void format_va(format_put_fn *put, const char *format, va_list arguments)
{
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			put(*format);
			continue;
		}

		struct field field;
		const char *start = format;

		format = read_field(format + 1, &field);
		switch (*format) {
		case 'c': {
			char c = (char)va_arg(arguments, int);

			put_text(put, &c, 1, &field);
			break;
		}
		case 's': {
			const char *text = va_arg(arguments, const char *);
			unsigned length = 0;

			if (text == NULL)
				text = "(null)";
			while (text[length] != '\0')
				length++;
			put_text(put, text, length, &field);
			break;
		}
		case 'd':
		case 'u':
		case 'x': {
			uint64_t value = field.wide ? va_arg(arguments, unsigned long)
			                            : va_arg(arguments, unsigned);
			bool negative = *format == 'd' &&
			                (field.wide ? (int64_t)value : (int32_t)value) < 0;

			if (negative)
				value = field.wide ? 0 - value : 0 - (uint32_t)value;
			put_number(
				put, value, *format == 'x' ? 16 : 10, negative ? "-" : "", &field);
			break;
		}
		case 'p':
			put_number(put, (uintptr_t)va_arg(arguments, void *), 16, "0x", &field);
			break;
		case '%':
			put('%');
			break;
		default:
			for (; start < format; start++)
				put(*start);
			if (*format == '\0')
				return;
			put(*format);
		}
	}
}

void format_to(format_put_fn *put, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_va(put, format, arguments);
	va_end(arguments);
}
