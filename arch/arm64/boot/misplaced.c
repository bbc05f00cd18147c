/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides whether the image may be moved to where it was linked to run. All of it runs where the
 * image was loaded: it reaches code and constants relative to the PC, but a pointer in a constant
 * holds a link address. The MMU is off, so there are no locks, and nothing is stored but on the
 * stack: what is stored in the image would be moved with it.
 */
#include <stddef.h>

#include "boot/host_memory.h"
#include "boot/host_tree.h"
#include "config.h"
#include "entry.h"
#include "hw/cpu_insn.h"
#include "lib/format.h"
#include "uart/uart.h"

extern const char _start[];

/* Where something is now, by its link address. */
static uint64_t here(uint64_t linked)
{
	return linked - system_config.arch.image_start + (uint64_t)_start;
}

static void put(char c)
{
	const struct uart_config *uart = &system_config.uart;
	const struct uart_driver *driver = (const struct uart_driver *)here((uint64_t)uart->driver);
	bool (*put_one)(const struct uart_config *, char) =
		(bool (*)(const struct uart_config *, char))here((uint64_t)driver->put);

	if (c == '\n')
		put('\r');
	while (!put_one(uart, c))
		cpu_relax();
}

static void see_node(void *found, const struct host_node *nodes, const struct host_node *node)
{
	struct host_memory *memory = found;

	if (node->reg && host_memory_is_shown_by(nodes, node))
		host_memory_see(memory, node);
}

/* Says why `place`, where the image belongs, cannot be written to; false if there is no reason. */
static bool is_refused(const void *fdt, const struct address_range *place)
{
	const struct address_range *ram =
		(const struct address_range *)here((uint64_t)system_config.memory);
	const struct address_range *reserved;
	struct address_range tree;
	struct host_memory memory;

	if (system_config.arch.cpu_start == CPU_START_ALL) {
		format_to(put, "other CPUs are running it already");
		return true;
	}
	if (!host_tree_is_there(fdt, ram, system_config.memory_count)) {
		format_to(put,
			"the firmware passed no device tree (x0 = %p), which would say what is free",
			fdt);
		return true;
	}
	tree = (struct address_range){(uint64_t)fdt, fdt_totalsize(fdt)};
	if (ranges_overlap(&tree, place)) {
		format_to(put, "the device tree is there, at %lx..%lx", tree.base,
			tree.base + tree.size - 1);
		return true;
	}
	host_memory_begin(&memory, fdt);
	if (!host_tree_walk(fdt, see_node, &memory)) {
		format_to(put, "the device tree at %p is damaged", fdt);
		return true;
	}
	if (!host_memory_has(&memory, place)) {
		format_to(put, "not all of that is RAM");
		return true;
	}
	if (memory.reserved_count > HOST_RANGES) {
		format_to(put, "the firmware reserves %u ranges of memory, and %u are checked",
			memory.reserved_count, HOST_RANGES);
		return true;
	}
	reserved = host_memory_reserved(&memory, place);
	if (reserved)
		format_to(put, "the firmware reserves %lx..%lx", reserved->base,
			reserved->base + reserved->size - 1);
	return reserved;
}

void boot_misplaced(const void *fdt)
{
	uint64_t start = system_config.arch.image_start, end = system_config.arch.image_end;
	const struct address_range place = {start, end - start};

	format_to(put, "Pinion was loaded to %lx and belongs at %lx..%lx: ", (uint64_t)_start,
		start, end - 1);
	if (is_refused(fdt, &place)) {
		format_to(put, "; nothing was started\n");
		cpu_stop();
	}
	format_to(put, "it moves there\n");
}
