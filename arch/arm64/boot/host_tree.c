/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the host's device tree. */
#include "boot/host_tree.h"

#include <stddef.h>
#include <string.h>

#define MAX_DEPTH 8

bool host_tree_is_there(const void *fdt, const struct address_range *ram, uint32_t count)
{
	uint64_t address = (uint64_t)fdt;

	if (address % 8)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t offset = address - ram[i].base;

		if (offset < ram[i].size && ram[i].size - offset >= sizeof(struct fdt_header))
			return !fdt_check_header(fdt) && fdt_totalsize(fdt) <= ram[i].size - offset;
	}
	return false;
}

/* True if the property ends as a string does. */
static bool is_string(const char *data, int length)
{
	return length > 0 && data[length - 1] == '\0';
}

bool host_node_is(const struct host_node *node, const char *wanted)
{
	const char *list = node->compatible;
	int length = node->compatible_length;
	size_t size = strlen(wanted) + 1;

	if (!list)
		return false;
	while (length > 0) {
		size_t entry = strnlen(list, (size_t)length) + 1;

		if (entry == size && entry <= (size_t)length && !memcmp(list, wanted, size))
			return true;
		list += entry;
		length -= (int)entry;
	}
	return false;
}

uint64_t host_node_address(
	const struct host_node *nodes, const struct host_node *node, uint64_t address)
{
	for (const struct host_node *bus = node - 1; bus > nodes; bus--) {
		unsigned own = bus->child_address_cells, outer = bus->address_cells;
		int step = (int)(own + outer + bus->child_size_cells);
		int at = 0;

		if (!bus->ranges)
			return HOST_NOWHERE;
		if (bus->ranges_cells == 0)
			continue; /* an empty property: the addresses are the same */
		for (;; at += step) {
			const fdt32_t *window = bus->ranges + at;
			uint64_t offset;

			if (!step || at + step > bus->ranges_cells)
				return HOST_NOWHERE;
			offset = address - host_cells(window, own);
			if (offset < host_cells(window + own + outer, bus->child_size_cells)) {
				address = host_cells(window + own, outer) + offset;
				break;
			}
		}
	}
	return address;
}

/* Stores the property in `node` if it is one that matters. Its first letter tells most of them
 * apart. */
static void keep_property(struct host_node *node, const char *name, const char *data, int length)
{
	switch (name[0]) {
	case 'r':
		if (!strcmp(name, "reg")) {
			node->reg = (const fdt32_t *)(const void *)data;
			node->reg_cells = length / 4;
		} else if (!strcmp(name, "ranges")) {
			node->ranges = (const fdt32_t *)(const void *)data;
			node->ranges_cells = length / 4;
		}
		break;
	case 'c':
		if (name[1] == 'o' && !strcmp(name, "compatible")) {
			node->compatible = data;
			node->compatible_length = length;
		} else if (name[1] == 'p' && length == 8 && !strcmp(name, "cpu-release-addr")) {
			node->release = (const fdt32_t *)(const void *)data;
		} else if (name[1] == 'p' && length == 4 && !strcmp(name, "cpu_on")) {
			node->cpu_on = (const fdt32_t *)(const void *)data;
		}
		break;
	case 'd':
		if (!strcmp(name, "device_type") && is_string(data, length))
			node->device_type = data;
		break;
	case 'm':
		if (!strcmp(name, "method") && is_string(data, length))
			node->method = data;
		break;
	case 's':
		if (!strcmp(name, "status") && is_string(data, length))
			node->status = data;
		break;
	case '#':
		if (length != 4)
			break;
		if (!strcmp(name, "#address-cells"))
			node->child_address_cells =
				fdt32_ld((const fdt32_t *)(const void *)data) & 3;
		else if (!strcmp(name, "#size-cells"))
			node->child_size_cells = fdt32_ld((const fdt32_t *)(const void *)data) & 3;
		break;
	default:
		break;
	}
}

/* Where the parts of the tree are: its header, read once. */
struct blocks {
	const char *structure;
	const char *strings;
	uint32_t strings_size;
};

/* Reads the property whose tag is at `offset`. fdt_next_tag() has found that it lies within the
 * tree. False: its name does not. */
static bool read_property(struct host_node *node, const struct blocks *blocks, int offset)
{
	const struct fdt_property *property = (const void *)(blocks->structure + offset);
	uint32_t name = fdt32_to_cpu(property->nameoff);

	if (name >= blocks->strings_size)
		return false;
	keep_property(
		node, blocks->strings + name, property->data, (int)fdt32_to_cpu(property->len));
	return true;
}

/* Begins a node that has no properties yet. There are many nodes, so what has a meaning only beside
 * a pointer that is not NULL is left as it is. */
static void begin_node(struct host_node *node, const struct host_node *parent, const char *name)
{
	node->name = name;
	node->device_type = NULL;
	node->compatible = NULL;
	node->method = NULL;
	node->status = NULL;
	node->release = NULL;
	node->cpu_on = NULL;
	node->reg = NULL;
	node->ranges = NULL;
	node->address_cells = parent ? parent->child_address_cells : 2;
	node->size_cells = parent ? parent->child_size_cells : 1;
	node->child_address_cells = 2;
	node->child_size_cells = 1;
}

bool host_tree_walk(const void *fdt, host_node_fn *see, void *found)
{
	const struct blocks blocks = {.structure = (const char *)fdt + fdt_off_dt_struct(fdt),
		.strings = (const char *)fdt + fdt_off_dt_strings(fdt),
		.strings_size = fdt_size_dt_strings(fdt)};
	struct host_node nodes[MAX_DEPTH];
	int depth = -1;
	int offset = 0;
	int next;
	bool open = false; /* see() has not seen the innermost node */

	for (;; offset = next) {
		uint32_t tag = fdt_next_tag(fdt, offset, &next);

		if (next < 0)
			return false;
		if (tag == FDT_PROP) {
			if (open && !read_property(&nodes[depth], &blocks, offset))
				return false;
			continue;
		}
		if (tag == FDT_NOP)
			continue; /* in place of something that was removed */
		if (open)
			see(found, nodes, &nodes[depth]);
		open = false;
		if (tag == FDT_BEGIN_NODE) {
			depth++;
			open = depth < MAX_DEPTH;
			if (open)
				begin_node(&nodes[depth], depth ? &nodes[depth - 1] : NULL,
					blocks.structure + offset + FDT_TAGSIZE);
		} else if (tag == FDT_END_NODE) {
			if (--depth < -1)
				return false;
		} else if (tag == FDT_END) {
			return true;
		}
	}
}
