/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the host's device tree, the CPU's ID registers and the GIC with the tables. */
#include "boot/platform_check.h"

#include <libfdt.h>
#include <string.h>

#include "boot/gic_check.h"
#include "config.h"
#include "hw/cpu_insn.h"
#include "hw/sysreg.h"
#include "report/print.h"

#define MAX_DEPTH   8
#define MAX_TRACKED 64   /* of CPUs, and of memory ranges: a bit of a word each */
#define MAX_DEVICES 1024 /* a bit each on the boot stack; gen/rules/limits.py has this limit */

/* The properties of a node that matter here; NULL where it has none. */
struct node {
	const char *device_type;
	const char *compatible;
	int compatible_length;
	const char *method;
	const fdt32_t *reg;
	int reg_cells;
	const fdt32_t *ranges; /* of a bus: how it translates its children's addresses */
	int ranges_cells;
	unsigned address_cells, size_cells; /* of this node's reg */
	unsigned child_address_cells, child_size_cells;
};

/* What the walk has found so far: a bit for each vCPU and each device of system_config, and the RAM
 * that the tree lists. */
struct seen {
	uint64_t vcpus;
	struct address_range memory[MAX_TRACKED];
	unsigned memory_count;
	uint64_t devices[MAX_DEVICES / 64];
	bool psci_smc;
};

static uint64_t read_cells(const fdt32_t *cell, unsigned count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 32 | fdt32_to_cpu(*cell++);
	return value;
}

/* True if the property ends as a string does. */
static bool is_string(const char *data, int length)
{
	return length > 0 && data[length - 1] == '\0';
}

/* True if the list of strings `list`, of `length` bytes, has the string `wanted`. */
static bool lists(const char *list, int length, const char *wanted)
{
	size_t size = strlen(wanted) + 1;

	while (length > 0) {
		size_t entry = strnlen(list, (size_t)length) + 1;

		if (entry == size && entry <= (size_t)length && !memcmp(list, wanted, size))
			return true;
		list += entry;
		length -= (int)entry;
	}
	return false;
}

static void see_cpu(struct seen *seen, uint64_t mpidr)
{
	for (uint32_t i = 0; i < system_config.vcpu_count && i < MAX_TRACKED; i++)
		if (system_config.vcpus[i].arch.mpidr == mpidr)
			seen->vcpus |= 1ull << i;
}

static void see_memory(struct seen *seen, uint64_t base, uint64_t size)
{
	if (seen->memory_count < MAX_TRACKED)
		seen->memory[seen->memory_count++] = (struct address_range){base, size};
}

/* True if all of `wanted` is RAM. The tree may list RAM in any pieces and in any order. */
static bool has_memory(const struct seen *seen, const struct address_range *wanted)
{
	uint64_t found = 0; /* bytes from the start of `wanted` */
	unsigned i = 0;

	while (i < seen->memory_count) {
		const struct address_range *piece = &seen->memory[i++];
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

/*
 * Translates an address on the bus that `node` is on to the address that the CPUs use (Devicetree
 * Specification 0.4, section 2.3.8). `nodes` has the nodes from the root to `node`. False: a bus on
 * the way does not pass the address on.
 */
static bool translate(const struct node *nodes, const struct node *node, uint64_t *address)
{
	for (const struct node *bus = node - 1; bus > nodes; bus--) {
		unsigned own = bus->child_address_cells, outer = bus->address_cells;
		int step = (int)(own + outer + bus->child_size_cells);
		int at = 0;

		if (!bus->ranges)
			return false;
		if (bus->ranges_cells == 0)
			continue; /* an empty property: the addresses are the same */
		for (;; at += step) {
			const fdt32_t *window = bus->ranges + at;
			uint64_t offset;

			if (!step || at + step > bus->ranges_cells)
				return false;
			offset = *address - read_cells(window, own);
			if (offset < read_cells(window + own + outer, bus->child_size_cells)) {
				*address = read_cells(window + own, outer) + offset;
				break;
			}
		}
	}
	return true;
}

static void see_device(struct seen *seen, const struct node *nodes, const struct node *node)
{
	int step = (int)(node->address_cells + node->size_cells);

	for (int at = 0; step && at + step <= node->reg_cells; at += step) {
		uint64_t base = read_cells(node->reg + at, node->address_cells);

		if (!translate(nodes, node, &base))
			continue;
		for (uint32_t i = 0; i < system_config.device_count && i < MAX_DEVICES; i++) {
			const struct expected_device *wanted = &system_config.devices[i];

			if (wanted->base == base && lists(node->compatible, node->compatible_length,
							    wanted->compatible))
				seen->devices[i / 64] |= 1ull << i % 64;
		}
	}
}

/* PSCI 0.2 already has all functions that EL2 calls, with the numbers of PSCI 1.0. */
static bool is_psci(const struct node *node)
{
	return lists(node->compatible, node->compatible_length, "arm,psci-1.0") ||
	       lists(node->compatible, node->compatible_length, "arm,psci-0.2");
}

/* Looks at a node whose properties have all been read. A function of its own, so that walk() has
 * enough registers for its loop. */
static __attribute__((noinline)) void see_node(
	struct seen *seen, const struct node *nodes, const struct node *node)
{
	int step = (int)(node->address_cells + node->size_cells);

	if (node->method && is_psci(node))
		seen->psci_smc = !strcmp(node->method, "smc");
	if (!node->reg || node->reg_cells < (int)node->address_cells)
		return;
	if (node->device_type && !strcmp(node->device_type, "cpu")) {
		see_cpu(seen, read_cells(node->reg, node->address_cells));
	} else if (node->device_type && !strcmp(node->device_type, "memory")) {
		for (int i = 0; step && i + step <= node->reg_cells; i += step)
			see_memory(seen, read_cells(node->reg + i, node->address_cells),
				read_cells(node->reg + i + node->address_cells, node->size_cells));
	} else if (node->compatible) {
		see_device(seen, nodes, node);
	}
}

/* Stores the property in `node` if it is one that matters. Its first letter tells most of them
 * apart. */
static void keep_property(struct node *node, const char *name, const char *data, int length)
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
		if (!strcmp(name, "compatible")) {
			node->compatible = data;
			node->compatible_length = length;
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
static bool read_property(struct node *node, const struct blocks *blocks, int offset)
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
static void begin_node(struct node *node, const struct node *parent)
{
	node->device_type = NULL;
	node->compatible = NULL;
	node->method = NULL;
	node->reg = NULL;
	node->ranges = NULL;
	node->address_cells = parent ? parent->child_address_cells : 2;
	node->size_cells = parent ? parent->child_size_cells : 1;
	node->child_address_cells = 2;
	node->child_size_cells = 1;
}

/* Walks the tree in one pass over all tags: a search for each node would take over a million
 * instructions on a tree of a hundred nodes. False: the tree is damaged. */
static bool walk(const void *fdt, struct seen *seen)
{
	const struct blocks blocks = {.structure = (const char *)fdt + fdt_off_dt_struct(fdt),
		.strings = (const char *)fdt + fdt_off_dt_strings(fdt),
		.strings_size = fdt_size_dt_strings(fdt)};
	struct node nodes[MAX_DEPTH];
	int depth = -1;
	int offset = 0;
	int next;
	bool open = false; /* see_node() has not seen the innermost node */

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
			see_node(seen, nodes, &nodes[depth]);
		open = false;
		if (tag == FDT_BEGIN_NODE) {
			depth++;
			open = depth < MAX_DEPTH;
			if (open)
				begin_node(&nodes[depth], depth ? &nodes[depth - 1] : NULL);
		} else if (tag == FDT_END_NODE) {
			if (--depth < -1)
				return false;
		} else if (tag == FDT_END) {
			return true;
		}
	}
}

static bool check_tree(const void *fdt)
{
	struct seen seen;
	bool good = true;

	seen.vcpus = 0;
	seen.memory_count = 0;
	memset(seen.devices, 0, sizeof(seen.devices));
	seen.psci_smc = false;
	if (!walk(fdt, &seen)) {
		print("platform: the device tree at %p is damaged\n", fdt);
		return false;
	}
	for (uint32_t i = 0; i < system_config.vcpu_count && i < MAX_TRACKED; i++)
		if (!(seen.vcpus >> i & 1)) {
			print("platform: there is no CPU with affinity %lx (pCPU %u)\n",
				system_config.vcpus[i].arch.mpidr, system_config.vcpus[i].pcpu);
			good = false;
		}
	for (uint32_t i = 0; i < system_config.memory_count && i < MAX_TRACKED; i++)
		if (!has_memory(&seen, &system_config.memory[i])) {
			print("platform: there is no RAM at %lx..%lx\n",
				system_config.memory[i].base,
				system_config.memory[i].base + system_config.memory[i].size - 1);
			good = false;
		}
	for (uint32_t i = 0; i < system_config.device_count && i < MAX_DEVICES; i++)
		if (!(seen.devices[i / 64] >> i % 64 & 1)) {
			print("platform: there is no %s at %lx\n",
				system_config.devices[i].compatible, system_config.devices[i].base);
			good = false;
		}
	if (system_config.arch.cpu_start == CPU_START_PSCI_SMC && !seen.psci_smc) {
		print("platform: the firmware offers no PSCI by SMC\n");
		good = false;
	}
	return good;
}

static bool check_cpu(void)
{
	static const uint8_t pa_bits[16] = {32, 36, 40, 42, 44, 48, 52};
	unsigned bits = pa_bits[read_sysreg(id_aa64mmfr0_el1) & 0xf];
	bool good = true;

	if (bits < system_config.arch.pa_bits) {
		print("platform: the CPU has %u bits of physical address, not %u\n", bits,
			system_config.arch.pa_bits);
		good = false;
	}
	if (!(read_sysreg(id_aa64pfr0_el1) >> 24 & 0xf)) {
		print("platform: the CPU has no GICv3 system registers\n");
		good = false;
	}
	return good;
}

static bool in_memory(const void *fdt)
{
	uint64_t address = (uint64_t)fdt;

	for (uint32_t i = 0; i < system_config.memory_count; i++)
		if (address - system_config.memory[i].base < system_config.memory[i].size)
			return address % 8 == 0;
	return false;
}

bool platform_check(const void *fdt)
{
	bool good = check_cpu();

	if (!in_memory(fdt) || fdt_check_header(fdt)) {
		print("platform: the firmware passed no device tree (x0 = %p)\n", fdt);
		return false;
	}
	good = check_tree(fdt) && good;
	/* Where the tree shows no GIC, a read of its registers may abort. */
	return good && gic_check();
}
