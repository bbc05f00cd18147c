/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the host's device tree, the CPU's ID registers and the GIC with the tables. */
#include "boot/platform_check.h"

#include <string.h>

#include "boot/gic_check.h"
#include "boot/host_memory.h"
#include "boot/host_tree.h"
#include "config.h"
#include "gic_version.h"
#include "hw/cpu_insn.h"
#include "hw/sysreg.h"
#include "report/print.h"

#define MAX_TRACKED 64   /* of CPUs, and of memory ranges: a bit of a word each */
#define MAX_DEVICES 1024 /* a bit each on the boot stack; gen/rules/limits.py has this limit */

/* What the walk has found so far: a bit for each vCPU and each device of system_config, and the
 * memory that the tree lists. */
struct seen {
	uint64_t vcpus;
	struct host_memory memory;
	uint64_t devices[MAX_DEVICES / 64];
	bool psci_smc;
	bool waits_elsewhere; /* a CPU, by its spin table */
};

static void see_cpu(struct seen *seen, const struct host_node *node)
{
	uint64_t mpidr = host_cells(node->reg, node->address_cells);

	for (uint32_t i = 0; i < system_config.vcpu_count && i < MAX_TRACKED; i++) {
		const struct vcpu_config *vcpu = &system_config.vcpus[i];
		uint64_t release = node->release ? host_cells(node->release, 2) : 0;

		if (vcpu->arch.mpidr != mpidr)
			continue;
		seen->vcpus |= 1ull << i;
		if (vcpu->arch.release && vcpu->arch.release != release) {
			print("platform: pCPU %u waits for its entry at %lx, not at %lx\n",
				vcpu->pcpu, release, vcpu->arch.release);
			seen->waits_elsewhere = true;
		}
	}
}

static void see_device(
	struct seen *seen, const struct host_node *nodes, const struct host_node *node)
{
	int step = (int)(node->address_cells + node->size_cells);

	for (int at = 0; step && at + step <= node->reg_cells; at += step) {
		uint64_t base = host_node_address(
			nodes, node, host_cells(node->reg + at, node->address_cells));

		for (uint32_t i = 0; i < system_config.device_count && i < MAX_DEVICES; i++) {
			const struct expected_device *wanted = &system_config.devices[i];

			if (wanted->base == base && host_node_is(node, wanted->compatible))
				seen->devices[i / 64] |= 1ull << i % 64;
		}
	}
}

/* True for the firmware's PSCI, if CPU_ON has the expected number. PSCI 0.2 already has all
 * functions that EL2 calls, with the numbers of PSCI 1.0; PSCI 0.1 has those that its node says. */
static bool is_psci(const struct host_node *node)
{
	if (system_config.arch.firmware.smccc)
		return host_node_is(node, "arm,psci-1.0") || host_node_is(node, "arm,psci-0.2");
	return host_node_is(node, "arm,psci") && node->cpu_on &&
	       fdt32_ld(node->cpu_on) == system_config.arch.firmware.cpu_on;
}

/* Looks at a node whose properties have all been read. */
static void see_node(void *found, const struct host_node *nodes, const struct host_node *node)
{
	struct seen *seen = found;

	if (node->method && is_psci(node))
		seen->psci_smc = !strcmp(node->method, "smc");
	if (!node->reg || node->reg_cells < (int)node->address_cells)
		return;
	if (host_memory_is_shown_by(nodes, node))
		host_memory_see(&seen->memory, node);
	else if (node->device_type && !strcmp(node->device_type, "cpu"))
		see_cpu(seen, node);
	else if (node->compatible)
		see_device(seen, nodes, node);
}

static bool check_cpus(const struct seen *seen)
{
	bool good = !seen->waits_elsewhere;

	for (uint32_t i = 0; i < system_config.vcpu_count && i < MAX_TRACKED; i++)
		if (!(seen->vcpus >> i & 1)) {
			print("platform: there is no CPU with affinity %lx (pCPU %u)\n",
				system_config.vcpus[i].arch.mpidr, system_config.vcpus[i].pcpu);
			good = false;
		}
	return good;
}

static struct address_range hypervisor_image(void)
{
	uint64_t start = system_config.arch.image_start;

	return (struct address_range){start, system_config.arch.image_end - start};
}

/* False, and says so, if the firmware keeps a part of what `owner` has. */
static bool check_free(
	const struct host_memory *memory, const char *owner, const struct address_range *range)
{
	const struct address_range *reserved = host_memory_reserved(memory, range);

	if (!reserved)
		return true;
	print("platform: the firmware reserves %lx..%lx, and %s has %lx..%lx\n", reserved->base,
		reserved->base + reserved->size - 1, owner, range->base,
		range->base + range->size - 1);
	return false;
}

/* RAM and disks of a VM; images that are not disks lie in its RAM. */
static bool check_memory_of(const struct host_memory *memory, const struct vm_config *vm)
{
	bool good = true;

	for (uint32_t i = 0; i < vm->ram_count; i++) {
		struct address_range ram = {vm->ram[i].pa, vm->ram[i].size};

		good = check_free(memory, vm->name, &ram) && good;
	}
	for (uint32_t i = 0; good && i < vm->image_count; i++) {
		struct address_range image = {vm->images[i].target, vm->images[i].memory_size};

		good = check_free(memory, vm->name, &image);
	}
	return good;
}

static bool check_memory(const struct host_memory *memory)
{
	const struct address_range image = hypervisor_image();
	bool good = true;

	for (uint32_t i = 0; i < system_config.memory_count && i < MAX_TRACKED; i++)
		if (!host_memory_has(memory, &system_config.memory[i])) {
			print("platform: there is no RAM at %lx..%lx\n",
				system_config.memory[i].base,
				system_config.memory[i].base + system_config.memory[i].size - 1);
			good = false;
		}
	if (memory->reserved_count == 0)
		return good;
	if (memory->reserved_count > HOST_RANGES) {
		print("platform: the firmware reserves %u ranges of memory, and %u are checked\n",
			memory->reserved_count, HOST_RANGES);
		return false;
	}
	good = check_free(memory, "the hypervisor", &image) && good;
	for (uint32_t i = 0; i < system_config.vm_count; i++)
		good = check_memory_of(memory, &system_config.vms[i]) && good;
	return good;
}

static bool check_devices(const struct seen *seen)
{
	bool good = true;

	for (uint32_t i = 0; i < system_config.device_count && i < MAX_DEVICES; i++)
		if (!(seen->devices[i / 64] >> i % 64 & 1)) {
			print("platform: there is no %s at %lx\n",
				system_config.devices[i].compatible, system_config.devices[i].base);
			good = false;
		}
	return good;
}

static bool check_tree(const void *fdt)
{
	struct seen seen;
	bool good;

	seen.vcpus = 0;
	memset(seen.devices, 0, sizeof(seen.devices));
	seen.psci_smc = false;
	seen.waits_elsewhere = false;
	host_memory_begin(&seen.memory, fdt);
	if (!host_tree_walk(fdt, see_node, &seen)) {
		print("platform: the device tree at %p is damaged\n", fdt);
		return false;
	}
	good = check_cpus(&seen);
	good = check_memory(&seen.memory) && good;
	good = check_devices(&seen) && good;
	if (system_config.arch.firmware.cpu_on && !seen.psci_smc) {
		print("platform: the firmware offers no PSCI by SMC with CPU_ON %x\n",
			system_config.arch.firmware.cpu_on);
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
	if (!GIC_CPU_HAS_INTERFACE(read_sysreg(id_aa64pfr0_el1))) {
		print("platform: the CPU has no " GIC_NAME " system registers\n");
		good = false;
	}
	return good;
}

/* True if the first `size` bytes of the tree are outside the hypervisor's image. */
static bool is_outside_image(const void *fdt, uint64_t size)
{
	const struct address_range image = hypervisor_image();
	const struct address_range tree = {(uint64_t)fdt, size};

	if (!ranges_overlap(&tree, &image))
		return true;
	print("platform: the device tree at %p lies in the hypervisor's image, %lx..%lx\n", fdt,
		image.base, image.base + image.size - 1);
	return false;
}

bool platform_check(const void *fdt)
{
	bool good = check_cpu();

	/* Twice: not every page of the image is mapped, so even the header may be unreadable. */
	if (!is_outside_image(fdt, sizeof(struct fdt_header)))
		return false;
	if (!host_tree_is_there(fdt, system_config.memory, system_config.memory_count)) {
		print("platform: the firmware passed no device tree (x0 = %p)\n", fdt);
		return false;
	}
	if (!is_outside_image(fdt, fdt_totalsize(fdt)))
		return false;
	good = check_tree(fdt) && good;
	/* Where the tree shows no GIC, a read of its registers may abort. */
	return good && gic_check();
}
