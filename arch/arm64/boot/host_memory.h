/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's RAM, and what its firmware keeps of it, by the host's device tree. Like
 * host_tree.h, this also runs with the MMU off and away from the link address.
 */
#ifndef PINION_HOST_MEMORY_H
#define PINION_HOST_MEMORY_H

#include <stdbool.h>
#include <string.h>

#include "boot/host_tree.h"
#include "config.h"

#define HOST_RANGES 64 /* of RAM, and reserved, each: what a real tree has, and many more */

/* As the tree lists it: in any order, in pieces. */
struct host_memory {
	struct address_range ram[HOST_RANGES];
	struct address_range reserved[HOST_RANGES];
	unsigned ram_count;
	unsigned reserved_count; /* more than HOST_RANGES: the rest was not kept */
};

/*
 * No RAM; reserved is what the tree's memory reservation block lists, but for an entry that begins
 * at `fdt` itself, by which U-Boot keeps the tree. `fdt` is a tree by host_tree_is_there().
 */
void host_memory_begin(struct host_memory *memory, const void *fdt);

/* True for a memory node, and for a child of /reserved-memory. `nodes`: from the root to `node`. */
static inline bool host_memory_is_shown_by(
	const struct host_node *nodes, const struct host_node *node)
{
	/* Asked for every node, so first what most nodes are not. */
	return (node->device_type && !strcmp(node->device_type, "memory")) ||
	       (node == nodes + 2 && nodes[1].name[0] == 'r' &&
		       !strcmp(nodes[1].name, "reserved-memory"));
}

/* Adds what such a node says, unless it is disabled. */
void host_memory_see(struct host_memory *memory, const struct host_node *node);

/* True if all of `wanted` is RAM. The tree may list RAM in any pieces and in any order. */
bool host_memory_has(const struct host_memory *memory, const struct address_range *wanted);

/* The first reservation that overlaps `wanted`, or NULL. */
const struct address_range *host_memory_reserved(
	const struct host_memory *memory, const struct address_range *wanted);

/* True if both have an address in common. None of them passes 2^64. */
static inline bool ranges_overlap(const struct address_range *a, const struct address_range *b)
{
	return a->base - b->base < b->size || b->base - a->base < a->size;
}

#endif
