// SPDX-License-Identifier: Apache-2.0
/* Reads the device tree (Devicetree Specification, chapter 5). */
#include "fdt.h"

#include "print.h"
#include "string.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

static const uint8_t *structure;
static const char *strings;

static uint32_t cell(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static const uint8_t *padded(const uint8_t *p, uint64_t size)
{
	return p + ((size + 3) & ~3ull);
}

void fdt_init(uint64_t address)
{
	const uint8_t *blob = (const uint8_t *)address;

	if (!blob || cell(blob) != 0xd00dfeed)
		return;
	structure = blob + cell(blob + 8);
	strings = (const char *)blob + cell(blob + 12);
}

/* First node that begins at or after token `p`. */
static struct fdt_node scan(const uint8_t *p, uint32_t depth)
{
	while (p && cell(p) != END) {
		switch (cell(p)) {
		case BEGIN_NODE:
			p += 4;
			p = padded(p, strlen((const char *)p) + 1);
			return (struct fdt_node){true, p, depth + 1};
		case END_NODE:
			depth--;
			p += 4;
			break;
		case PROP:
			p = padded(p + 12, cell(p + 4));
			break;
		default:
			p += 4;
			break;
		}
	}
	return (struct fdt_node){false, 0, 0};
}

struct fdt_node fdt_first(void)
{
	return scan(structure, 0);
}

struct fdt_node fdt_next(struct fdt_node node)
{
	return scan(node.properties, node.depth);
}

const uint8_t *fdt_property(struct fdt_node node, const char *name, uint32_t *size)
{
	const uint8_t *p = node.properties;

	while (node.found && (cell(p) == PROP || cell(p) == NOP)) {
		if (cell(p) == NOP) {
			p += 4;
			continue;
		}
		if (strcmp(strings + cell(p + 8), name) == 0) {
			*size = cell(p + 4);
			return p + 12;
		}
		p = padded(p + 12, cell(p + 4));
	}
	return 0;
}

bool fdt_property_is(struct fdt_node node, const char *name, const char *text)
{
	uint32_t size = 0;
	const char *value = (const char *)fdt_property(node, name, &size);
	const char *end = value + size;

	for (; value && value < end; value += strlen(value) + 1) {
		if (strcmp(value, text) == 0)
			return true;
	}
	return false;
}

struct fdt_node fdt_compatible(const char *compatible)
{
	struct fdt_node node = fdt_first();

	while (node.found && !fdt_property_is(node, "compatible", compatible))
		node = fdt_next(node);
	return node;
}

bool fdt_reg(struct fdt_node node, uint32_t index, uint64_t *base, uint64_t *size)
{
	uint32_t length = 0;
	const uint8_t *reg = fdt_property(node, "reg", &length);

	if (!reg || length < 16 * (index + 1))
		return false;
	reg += 16 * index;
	*base = (uint64_t)cell(reg) << 32 | cell(reg + 4);
	*size = (uint64_t)cell(reg + 8) << 32 | cell(reg + 12);
	return true;
}

uint64_t fdt_reg_cells(struct fdt_node node)
{
	uint32_t length = 0;
	const uint8_t *reg = fdt_property(node, "reg", &length);

	if (!reg)
		return 0;
	return length == 4 ? cell(reg) : (uint64_t)cell(reg) << 32 | cell(reg + 4);
}

uint32_t fdt_intid(struct fdt_node node, uint32_t index)
{
	uint32_t length = 0;
	const uint8_t *interrupts = fdt_property(node, "interrupts", &length);

	if (!interrupts || length < 12 * (index + 1))
		return 0;
	interrupts += 12 * index;
	return cell(interrupts + 4) + (cell(interrupts) == 1 ? 16 : 32);
}

bool fdt_bootarg(const char *word)
{
	struct fdt_node node = fdt_first();
	uint32_t size = 0;

	for (; node.found; node = fdt_next(node)) {
		const char *args = (const char *)fdt_property(node, "bootargs", &size);
		uint64_t length = strlen(word);

		while (args && *args) {
			if (memcmp(args, word, length) == 0 &&
				(args[length] == ' ' || args[length] == 0))
				return true;
			while (*args && *args != ' ')
				args++;
			while (*args == ' ')
				args++;
		}
	}
	return false;
}

uint64_t fdt_bootarg_number(const char *name)
{
	uint64_t value = 0;

	for (struct fdt_node node = fdt_first(); node.found; node = fdt_next(node)) {
		uint32_t size;
		const char *args = (const char *)fdt_property(node, "bootargs", &size);

		for (; args && *args; args++) {
			if (memcmp(args, name, strlen(name)) != 0)
				continue;
			for (args += strlen(name); *args >= '0' && *args <= '9'; args++)
				value = value * 10 + (uint64_t)(*args - '0');
			return value;
		}
	}
	return value;
}
