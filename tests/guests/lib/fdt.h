/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of the device tree (Devicetree Specification, chapter 5), just enough to find a test's
 * hardware.
 */
#ifndef GUEST_FDT_H
#define GUEST_FDT_H

#include <stdbool.h>
#include <stdint.h>

struct fdt_node {
	bool found;
	const uint8_t *properties; /* first token after the name */
	uint32_t depth;
};

void fdt_init(uint64_t address);

/* All nodes in their order in the tree. */
struct fdt_node fdt_first(void);
struct fdt_node fdt_next(struct fdt_node node);

/* Value of a property of the node itself; NULL if it has none. */
const uint8_t *fdt_property(struct fdt_node node, const char *name, uint32_t *size);

/* True if the string list holds `text`. */
bool fdt_property_is(struct fdt_node node, const char *name, const char *text);

struct fdt_node fdt_compatible(const char *compatible);

/* reg of a child of the root, which has two cells each; element `index`. */
bool fdt_reg(struct fdt_node node, uint32_t index, uint64_t *base, uint64_t *size);

/* reg of a CPU: one or two cells. */
uint64_t fdt_reg_cells(struct fdt_node node);

/* INTID of an element of `interrupts`; 0 if there is none. */
uint32_t fdt_intid(struct fdt_node node, uint32_t index);

/* True if the kernel command line holds `word`. */
bool fdt_bootarg(const char *word);

/* The decimal number after `name` on the kernel command line; 0 if it is not there. */
uint64_t fdt_bootarg_number(const char *name);

#endif
