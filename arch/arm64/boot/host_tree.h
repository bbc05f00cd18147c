/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's device tree: the one that the firmware passes to Pinion. All of it also runs with the
 * MMU off and away from the link address: it needs no pointer that the linker has stored.
 */
#ifndef PINION_HOST_TREE_H
#define PINION_HOST_TREE_H

#include <libfdt.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* A node, with those of its properties that matter here; NULL where it has none. */
struct host_node {
	const char *name;
	const char *device_type;
	const char *compatible;
	int compatible_length;
	const char *method;
	const char *status;
	const fdt32_t *release; /* of a CPU: cpu-release-addr, two cells */
	const fdt32_t *cpu_on;  /* of a PSCI: a function id, one cell */
	const fdt32_t *reg;
	int reg_cells;
	const fdt32_t *ranges; /* of a bus: how it translates its children's addresses */
	int ranges_cells;
	unsigned address_cells, size_cells; /* of this node's reg */
	unsigned child_address_cells, child_size_cells;
};

/* Called with each node, parents first, by host_tree_walk(). `nodes`: from the root to `node`. */
typedef void host_node_fn(void *found, const struct host_node *nodes, const struct host_node *node);

/*
 * True if a device tree is at `fdt`: 8-byte aligned, with a header that libfdt accepts, and all of
 * it in one of the `count` ranges of RAM. Reads nothing outside these ranges.
 */
bool host_tree_is_there(const void *fdt, const struct address_range *ram, uint32_t count);

/*
 * Calls `see` with `found` and each node up to a depth of 8, in one pass over all tags: a search
 * for each node would take over a million instructions on a tree of a hundred nodes. False: the
 * tree is damaged. host_tree_is_there() has to be true.
 */
bool host_tree_walk(const void *fdt, host_node_fn *see, void *found);

/* A number of `count` cells. */
static inline uint64_t host_cells(const fdt32_t *cell, unsigned count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 32 | fdt32_to_cpu(*cell++);
	return value;
}

/* True if `compatible` of the node holds `wanted`. */
bool host_node_is(const struct host_node *node, const char *wanted);

/*
 * Translates an address on the bus that `node` is on to the address that the CPUs use (Devicetree
 * Specification 0.4, section 2.3.8). `nodes` has the nodes from the root to `node`. HOST_NOWHERE: a
 * bus on the way does not pass the address on.
 */
#define HOST_NOWHERE UINT64_MAX
uint64_t host_node_address(
	const struct host_node *nodes, const struct host_node *node, uint64_t address);

#endif
