/* SPDX-License-Identifier: Apache-2.0 */
/* The check of the machine, against device trees that this file makes. */
#include "unit.h"

#include <libfdt.h>

#include "boot/gic_check.h"
#include "boot/host_memory.h"
#include "boot/platform_check.h"
#include "config.h"
#include "lib/format.h"
#include "report/print.h"

#define VCPUS   64
#define DEVICES 1024

/* Apart from each other and from whatever the host maps. */
#define IMAGE      0x200000ull
#define IMAGE_SIZE 0x100000ull
#define RAM        0x400000ull
#define DISK       0x600000ull

/* The machine that is expected: 64 CPUs, RAM, and as many devices as the check can track. */
static struct vcpu_config vcpus[VCPUS];
static struct expected_device devices[DEVICES];
static struct address_range memory[1];
static struct guest_ram ram[2];
static struct image disks[1];
static const struct vm_config vms[] = {
	{.name = "left", .ram = ram, .ram_count = 2, .images = disks, .image_count = 1}};
struct system_config config = {
	.vms = vms,
	.vm_count = 1,
	.vcpus = vcpus,
	.memory = memory,
	.devices = devices,
	.vcpu_count = VCPUS,
	.memory_count = 1,
	.device_count = DEVICES,
	.arch = {.pa_bits = 40, .image_start = IMAGE, .image_end = IMAGE + IMAGE_SIZE},
};
extern const struct system_config system_config __attribute__((alias("config")));

/* The machine as it is: its tree, and what is left out of it. */
static _Alignas(8) char tree[1 << 18];
static unsigned missing_cpu, missing_device;
static const char *method, *psci;
static uint32_t cpu_on;  /* what the PSCI node says; 0: nothing */
static uint64_t release; /* the address that CPU 7 polls; 0: none */
/* Devices are behind buses that add this to their addresses; 0: behind none. */
static uint64_t bus;
static unsigned pieces;     /* in how many pieces RAM is listed, the last one first */
static const char *crossed; /* taken out of each node of the finished tree */
static struct address_range block[3], reserved[HOST_RANGES + 1]; /* both end with a size of 0 */
static const char *status; /* of the nodes of reserved memory, or null */
static char said[4096];
static size_t length;

static void put(char c)
{
	assert_in_range(length, 0, sizeof(said) - 2);
	said[length++] = c;
	said[length] = '\0';
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_va(put, format, arguments);
	va_end(arguments);
}

bool gic_check(void)
{
	return true;
}

static void reg(uint64_t base, uint64_t size)
{
	fdt64_t cells[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};

	assert_int_equal(fdt_property(tree, "reg", cells, sizeof(cells)), 0);
}

static void begin(const char *name)
{
	assert_int_equal(fdt_begin_node(tree, name), 0);
	if (crossed != NULL)
		assert_int_equal(fdt_property_u32(tree, crossed, 0), 0);
}

static void end(void)
{
	assert_int_equal(fdt_end_node(tree), 0);
}

static void list_memory(void)
{
	uint64_t size = (1ull << 48) / pieces;
	fdt64_t cells[2 * 8];

	assert_in_range(pieces, 1, 8);
	for (unsigned i = 0; i < pieces; i++) {
		cells[2 * i] = cpu_to_fdt64((pieces - 1 - i) * size);
		cells[2 * i + 1] = cpu_to_fdt64(size);
	}
	assert_int_equal(fdt_property(tree, "reg", cells, (int)(pieces * 2 * sizeof(cells[0]))), 0);
}

static void begin_bus(const char *name, uint32_t cells, const fdt32_t *ranges, size_t size)
{
	begin(name);
	fdt_property_u32(tree, "#address-cells", cells);
	fdt_property_u32(tree, "#size-cells", cells);
	fdt_property(tree, "ranges", ranges, (int)size);
}

/* A bus that passes on all addresses, one with cells of its own, and one that has its children in
 * its second window. */
static void begin_buses(void)
{
	const fdt32_t base = cpu_to_fdt32(0x10000000), size = cpu_to_fdt32(0x1000000);
	const fdt32_t same[] = {base, 0, base, size};
	const fdt32_t second[] = {0, 0, base, 0, cpu_to_fdt32(16), /* nobody's */
		0, cpu_to_fdt32((uint32_t)(0x10000000 - bus)), base, 0, size};

	begin_bus("identity", 2, NULL, 0);
	begin_bus("narrow", 1, same, sizeof(same));
	begin_bus("soc", 2, second, sizeof(second));
}

static void list_reserved(void)
{
	begin("reserved-memory");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	fdt_property(tree, "ranges", NULL, 0);
	begin("anywhere");
	fdt_property_u32(tree, "size", 0x1000);
	end();
	for (const struct address_range *entry = reserved; entry->size; entry++) {
		begin("firmware");
		reg(entry->base, entry->size);
		if (status)
			fdt_property(tree, "status", status, (int)strlen(status) + 1);
		end();
	}
	end();
}

static void build_tree(void)
{
	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	for (const struct address_range *entry = block; entry->size; entry++)
		assert_int_equal(fdt_add_reservemap_entry(tree, entry->base, entry->size), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	begin("");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	begin("memory@0");
	fdt_property_string(tree, "device_type", "memory");
	list_memory(); /* the tree of this test is RAM, wherever the host put it */
	end();
	if (reserved[0].size)
		list_reserved();
	begin("psci");
	fdt_property(tree, "compatible", psci, (int)strlen(psci) + 1);
	fdt_property(tree, "method", method, (int)strlen(method) + 1);
	if (cpu_on)
		fdt_property_u32(tree, "cpu_on", cpu_on);
	end();
	begin("cpus");
	fdt_property_u32(tree, "#address-cells", 1);
	fdt_property_u32(tree, "#size-cells", 0);
	for (uint32_t i = 0; i < VCPUS; i++) {
		if (i == missing_cpu)
			continue;
		begin("cpu");
		fdt_property_string(tree, "device_type", "cpu");
		fdt_property_u32(tree, "reg", i);
		if (release && i == 7)
			fdt_property_u64(tree, "cpu-release-addr", release);
		end();
	}
	end();
	if (bus)
		begin_buses();
	for (uint32_t i = 0; i < DEVICES; i++) {
		if (i == missing_device)
			continue;
		begin("device");
		fdt_property_string(tree, "compatible", "pinion,device");
		reg(0x10000000 + i * 0x1000ull - bus, 0x1000);
		end();
	}
	if (bus) {
		end();
		end();
		end();
	}
	end();
	assert_int_equal(fdt_finish(tree), 0);
	for (int node = 0; crossed != NULL && node >= 0; node = fdt_next_node(tree, node, NULL))
		assert_int_equal(fdt_nop_property(tree, node, crossed), 0);
}

/* Compares the machine as it is with the expected one; said[] is what the check prints. */
static bool check(void)
{
	build_tree();
	length = 0;
	said[0] = '\0';
	return platform_check(tree);
}

static int setup(void **state)
{
	(void)state;
	missing_cpu = missing_device = UINT32_MAX;
	host_sysregs.id_aa64mmfr0_el1 = 2;         /* 40 bits of physical address */
	host_sysregs.id_aa64pfr0_el1 = 1ull << 24; /* GICv3 system registers */
	method = "smc";
	psci = "arm,psci-1.0";
	cpu_on = 0;
	release = 0;
	config.arch.cpu_start = CPU_START_PSCI_SMC;
	config.arch.firmware = (struct firmware_config){.cpu_on = 0xc4000003, .smccc = true};
	bus = 0;
	pieces = 1;
	crossed = NULL;
	status = NULL;
	memset(block, 0, sizeof(block));
	memset(reserved, 0, sizeof(reserved));
	ram[0] = (struct guest_ram){.ipa = 0x40000000, .pa = RAM, .size = 0x1000};
	ram[1] = (struct guest_ram){.ipa = 0x50000000, .pa = RAM + 0x10000, .size = 0x1000};
	disks[0] = (struct image){.target = DISK, .memory_size = 0x200};
	memory[0] = (struct address_range){(uint64_t)(uintptr_t)tree, sizeof(tree)};
	for (uint32_t i = 0; i < VCPUS; i++)
		vcpus[i] = (struct vcpu_config){.pcpu = i, .arch = {.mpidr = i}};
	for (uint32_t i = 0; i < DEVICES; i++)
		devices[i] = (struct expected_device){"pinion,device", 0x10000000 + i * 0x1000ull};
	return 0;
}

static void a_machine_with_everything_is_accepted_in_silence(void **state)
{
	(void)state;
	assert_true(check());
	assert_string_equal(said, "");
}

static void each_device_is_looked_for(void **state)
{
	static const uint32_t some[] = {0, 1, 63, 64, 65, 511, DEVICES - 2, DEVICES - 1};

	(void)state;
	for (unsigned i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		char expected[80];

		missing_device = some[i];
		snprintf(expected, sizeof(expected), "platform: there is no pinion,device at %x\n",
			0x10000000 + some[i] * 0x1000);
		assert_false(check());
		assert_string_equal(said, expected);
	}
}

static void each_cpu_is_looked_for(void **state)
{
	(void)state;
	for (missing_cpu = 0; missing_cpu < VCPUS; missing_cpu += 9) {
		char expected[80];

		snprintf(expected, sizeof(expected),
			"platform: there is no CPU with affinity %x (pCPU %u)\n", missing_cpu,
			missing_cpu);
		assert_false(check());
		assert_string_equal(said, expected);
	}
}

static void a_device_of_another_kind_does_not_count(void **state)
{
	(void)state;
	devices[700].compatible = "pinion,other";
	assert_false(check());
	assert_string_equal(said, "platform: there is no pinion,other at 102bc000\n");
}

static void ram_and_psci_are_looked_for(void **state)
{
	(void)state;
	method = "hvc";
	assert_false(check());
	assert_string_equal(
		said, "platform: the firmware offers no PSCI by SMC with CPU_ON c4000003\n");
	method = "smc";
	memory[0].size = 1ull << 49;
	assert_false(check());
	assert_non_null(strstr(said, "platform: there is no RAM at "));
}

static void devices_are_where_the_cpus_see_them(void **state)
{
	(void)state;
	bus = 0x8000000;
	assert_true(check());
	bus = 0x400;
	assert_true(check());
	missing_device = 5;
	assert_false(check());
	assert_string_equal(said, "platform: there is no pinion,device at 10005000\n");
}

static void ram_is_listed_in_pieces(void **state)
{
	(void)state;
	memory[0] = (struct address_range){0, 1ull << 48};
	for (pieces = 1; pieces <= 8; pieces *= 2)
		assert_true(check());
	pieces = 8;
	memory[0].size++;
	assert_false(check());
	assert_string_equal(said, "platform: there is no RAM at 0..1000000000000\n");
}

/* Where a reservation clashes with what somebody has, and what is then said of him. */
static const struct {
	uint64_t base, size;
	const char *who;
} clashes[] = {
	{IMAGE - 0x1000, 0x1001, "the hypervisor has 200000..2fffff"},
	{IMAGE + IMAGE_SIZE - 1, 0x1000, "the hypervisor has 200000..2fffff"},
	{IMAGE + 0x1000, 0x10, "the hypervisor has 200000..2fffff"},
	{RAM + 0xfff, 1, "left has 400000..400fff"},
	{RAM + 0x10fff, 0x1000, "left has 410000..410fff"},
	{DISK - 0x1000, 0x1001, "left has 600000..6001ff"},
};

static void assert_clash(unsigned i)
{
	char expected[120];

	snprintf(expected, sizeof(expected), "platform: the firmware reserves %lx..%lx, and %s\n",
		clashes[i].base, clashes[i].base + clashes[i].size - 1, clashes[i].who);
	assert_false(check());
	assert_string_equal(said, expected);
}

static void what_the_firmware_reserves_is_nobodys(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(clashes) / sizeof(clashes[0]); i++) {
		struct address_range clash = {clashes[i].base, clashes[i].size};

		memset(block, 0, sizeof(block));
		memset(reserved, 0, sizeof(reserved));
		block[1] = clash;
		block[0] = (struct address_range){0x1000, 0x1000}; /* nobody's */
		assert_clash(i);
		memset(block, 0, sizeof(block));
		reserved[0] = block[0] = (struct address_range){0x1000, 0x1000};
		reserved[1] = clash;
		assert_clash(i);
		status = "okay";
		assert_clash(i);
		status = "disabled";
		assert_true(check());
		status = NULL;
	}
}

static void what_ends_where_another_begins_does_not_clash(void **state)
{
	(void)state;
	reserved[0] = (struct address_range){IMAGE - 0x1000, 0x1000};
	reserved[1] = (struct address_range){IMAGE + IMAGE_SIZE, 0x1000};
	block[0] = (struct address_range){RAM - 0x1000, 0x1000};
	block[1] = (struct address_range){RAM + 0x1000, 0x1000};
	assert_true(check());
	assert_string_equal(said, "");
}

/* U-Boot keeps it so from the kernel that it starts; nobody needs it after this check. */
static void the_tree_itself_may_be_reserved(void **state)
{
	(void)state;
	ram[0].pa = (uint64_t)(uintptr_t)tree;
	ram[0].size = sizeof(tree);
	block[0] = (struct address_range){(uint64_t)(uintptr_t)tree, sizeof(tree)};
	assert_true(check());
	block[0].base += 8;
	assert_false(check());
}

static void too_many_reservations_are_said(void **state)
{
	(void)state;
	for (unsigned i = 0; i < HOST_RANGES; i++)
		reserved[i] = (struct address_range){0x1000, 0x1000};
	assert_true(check());
	block[0] = (struct address_range){0x3000, 0x1000};
	assert_false(check());
	assert_string_equal(
		said, "platform: the firmware reserves 65 ranges of memory, and 64 are checked\n");
}

static void a_tree_in_the_image_is_refused(void **state)
{
	(void)state;
	length = 0;
	assert_false(platform_check((void *)IMAGE)); /* nothing is mapped there */
	assert_string_equal(said,
		"platform: the device tree at 0x200000 lies in the hypervisor's image, 200000..2fffff\n");
	length = 0;
	assert_false(platform_check((void *)(IMAGE - 8)));
	assert_non_null(strstr(said, "lies in the hypervisor's image"));
}

static void a_tree_is_wholly_in_ram(void **state)
{
	(void)state;
	build_tree();
	memory[0].size = fdt_totalsize(tree) - 1;
	length = 0;
	assert_false(platform_check(tree));
	assert_non_null(strstr(said, "the firmware passed no device tree"));
	memory[0].size = fdt_totalsize(tree);
	assert_true(platform_check(tree));
}

static void psci_of_0_2_is_enough(void **state)
{
	(void)state;
	psci = "arm,psci-0.2";
	assert_true(check());
	psci = "arm,psci"; /* its numbers are the board's own */
	assert_false(check());
}

static void psci_0_1_has_cpu_on_under_the_expected_number(void **state)
{
	(void)state;
	config.arch.firmware = (struct firmware_config){.cpu_on = 0x95c1ba60};
	assert_false(check());
	psci = "arm,psci";
	assert_false(check());
	cpu_on = 0x95c1ba61;
	assert_false(check());
	assert_string_equal(
		said, "platform: the firmware offers no PSCI by SMC with CPU_ON 95c1ba60\n");
	cpu_on = 0x95c1ba60;
	assert_true(check());
	method = "hvc";
	assert_false(check());
}

static void a_cpu_polls_where_it_is_released(void **state)
{
	(void)state;
	psci = "pinion,none";
	config.arch.cpu_start = CPU_START_SPIN_TABLE;
	config.arch.firmware = (struct firmware_config){0};
	vcpus[7].arch.release = 0x8000000d8;
	assert_false(check());
	assert_string_equal(said, "platform: pCPU 7 waits for its entry at 0, not at 8000000d8\n");
	release = 0x8000000e0;
	assert_false(check());
	assert_string_equal(
		said, "platform: pCPU 7 waits for its entry at 8000000e0, not at 8000000d8\n");
	release = 0x8000000d8;
	assert_true(check());
	vcpus[7].arch.release = 0; /* the boot CPU, which has nothing to wait for */
	assert_true(check());
}

static void what_was_taken_out_hides_nothing(void **state)
{
	(void)state;
	crossed = "linux,nothing";
	assert_true(check());
}

static void a_damaged_tree_is_refused(void **state)
{
	(void)state;
	build_tree();
	/* Cut where a node is open: the tags end before the tree does. */
	fdt_set_size_dt_struct(tree, fdt_size_dt_struct(tree) / 8 * 4);
	length = 0;
	assert_false(platform_check(tree));
	assert_non_null(strstr(said, "is damaged"));
	memset(tree, 0, 64);
	assert_false(platform_check(tree));
	assert_non_null(strstr(said, "the firmware passed no device tree"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_machine_with_everything_is_accepted_in_silence, setup),
		cmocka_unit_test_setup(each_device_is_looked_for, setup),
		cmocka_unit_test_setup(each_cpu_is_looked_for, setup),
		cmocka_unit_test_setup(a_device_of_another_kind_does_not_count, setup),
		cmocka_unit_test_setup(ram_and_psci_are_looked_for, setup),
		cmocka_unit_test_setup(devices_are_where_the_cpus_see_them, setup),
		cmocka_unit_test_setup(ram_is_listed_in_pieces, setup),
		cmocka_unit_test_setup(what_the_firmware_reserves_is_nobodys, setup),
		cmocka_unit_test_setup(what_ends_where_another_begins_does_not_clash, setup),
		cmocka_unit_test_setup(the_tree_itself_may_be_reserved, setup),
		cmocka_unit_test_setup(too_many_reservations_are_said, setup),
		cmocka_unit_test_setup(a_tree_in_the_image_is_refused, setup),
		cmocka_unit_test_setup(a_tree_is_wholly_in_ram, setup),
		cmocka_unit_test_setup(psci_of_0_2_is_enough, setup),
		cmocka_unit_test_setup(psci_0_1_has_cpu_on_under_the_expected_number, setup),
		cmocka_unit_test_setup(a_cpu_polls_where_it_is_released, setup),
		cmocka_unit_test_setup(what_was_taken_out_hides_nothing, setup),
		cmocka_unit_test_setup(a_damaged_tree_is_refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
