/* SPDX-License-Identifier: Apache-2.0 */
/* Which memory the machine has, and which of it the firmware keeps. */
#include "boot/host_memory.h"

#include <stddef.h>
#include <string.h>

static void add_reserved(struct host_memory *memory, uint64_t base, uint64_t size)
{
	if (size == 0)
		return;
	if (memory->reserved_count < HOST_RANGES)
		memory->reserved[memory->reserved_count] = (struct address_range){base, size};
	memory->reserved_count++;
}

void host_memory_begin(struct host_memory *memory, const void *fdt)
{
	uint32_t size = fdt_totalsize(fdt), at = fdt_off_mem_rsvmap(fdt);

	memory->ram_count = 0;
	memory->reserved_count = 0;
	for (; at % 8 == 0 && at < size && size - at >= sizeof(struct fdt_reserve_entry);
		at += (uint32_t)sizeof(struct fdt_reserve_entry)) {
		const struct fdt_reserve_entry *entry = (const void *)((const char *)fdt + at);
		uint64_t base = fdt64_to_cpu(entry->address), length = fdt64_to_cpu(entry->size);

		if (length == 0)
			break;
		if (base != (uint64_t)fdt)
			add_reserved(memory, base, length);
	}
}

void host_memory_see(struct host_memory *memory, const struct host_node *node)
{
	int step = (int)(node->address_cells + node->size_cells);
	bool ram = node->device_type && !strcmp(node->device_type, "memory");

	if (node->status && strcmp(node->status, "okay") && strcmp(node->status, "ok"))
		return;
	for (int i = 0; step && i + step <= node->reg_cells; i += step) {
		uint64_t base = host_cells(node->reg + i, node->address_cells);
		uint64_t size = host_cells(node->reg + i + node->address_cells, node->size_cells);

		if (!ram)
			add_reserved(memory, base, size);
		else if (memory->ram_count < HOST_RANGES)
			memory->ram[memory->ram_count++] = (struct address_range){base, size};
	}
}

bool host_memory_has(const struct host_memory *memory, const struct address_range *wanted)
{
	uint64_t found = 0; /* bytes from the start of `wanted` */
	unsigned i = 0;

	while (i < memory->ram_count) {
		const struct address_range *piece = &memory->ram[i++];
		uint64_t skipped = wanted->base + found - piece->base;

		if (skipped >= piece->size)
			continue;
		if (piece->size - skipped >= wanted->size - found)
			return true;
		found += piece->size - skipped;
		i = 0;
	}
	return false;
}

const struct address_range *host_memory_reserved(
	const struct host_memory *memory, const struct address_range *wanted)
{
	for (unsigned i = 0; i < memory->reserved_count && i < HOST_RANGES; i++)
		if (ranges_overlap(&memory->reserved[i], wanted))
			return &memory->reserved[i];
	return NULL;
}
