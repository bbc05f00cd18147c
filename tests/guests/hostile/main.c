// SPDX-License-Identifier: Apache-2.0
/*
 * Attacks everything around it from all its CPUs. Each word `mode=NAME` on the command line is an
 * attack. Each attack has a life of its own, in the order of `attacks` below: SYSTEM_RESET ends it,
 * whatever state the CPUs are in, and RAM that no image covers keeps which one is next. `seed=N`
 * changes everything random; `ms=N` is how long each attack takes. The guest prints what it sees.
 * Whether others noticed, the test asks the others.
 */
#include "fdt.h"
#include "gic.h"
#include "hostile.h"
#include "mmu.h"
#include "print.h"
#include "psci.h"
#include "string.h"
#include "test.h"

const char test_name[] = "hostile";

enum { LIVES = 20, RESETS = 100 };

#define MAGIC 0x686f7374696c6521ull

struct attack {
	const char *name;
	cpu_function *function;
	uint32_t ms;
	bool alone; /* CPU 0 leaves the attack to the others, and sees to the end of it */
};

static const struct attack attacks[] = {
	{"holes", holes, 3000, false},
	{"nowhere", nowhere, 1000, false},
	{"stage1", stage1, 300, false},
	{"registers", system_registers, 8000, false},
	{"instructions", system_instructions, 5000, false},
	{"debug", debug, 300, false},
	{"gic", gic_frames, 1000, false},
	{"storm", storm, 500, false},
	{"virtio", virtio, 1000, false},
	{"exits", exits, 300, false},
	{"flood", flood, 100, false},
	{"calls", calls, 300, false},
	{"lives", lives, 1000, false},
	{"resets", resets, 1000, false},
	{"el1", code_el1, 1500, true},
	{"el0", code_el0, 500, false},
	{"a32", code_a32, 500, false},
	{"t32", code_t32, 500, false},
	{"devices", code_devices, 1000, true},
	{"a32-devices", code_a32_devices, 1000, false},
	{"t32-devices", code_t32_devices, 1000, false},
	{"t32-emulated", t32_emulated, 100, false},
	{"ldp", kill_ldp, 100, false},
	{"stp", kill_stp, 100, false},
	{"writeback", kill_writeback, 100, false},
	{"ldxr", kill_ldxr, 100, false},
	{"simd", kill_simd, 100, false},
	{"zva", kill_zva, 100, false},
	{"cas", kill_cas, 100, false},
	{"unaligned", kill_unaligned, 100, false},
	{"last", kill_last, 100, false},
	{"lost-jump", lost_jump, 100, false},
	{"lost-read", lost_read, 100, false},
	{"lost-write", lost_write, 100, false},
};

uint64_t ram_base, ram_size, virtio_base;
struct progress *progress;
static uint64_t deadline;
static _Atomic uint32_t done;
static uint64_t random_state[MAX_CPUS];
static uint64_t scratch_table[512] __attribute__((aligned(4096)));

uint64_t random64(void)
{
	uint64_t *state = &random_state[this_cpu()->index];

	/* xorshift64* */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

uint32_t random_below(uint32_t limit)
{
	return (uint32_t)(random64() >> 32) % limit;
}

bool over(void)
{
	return now() > deadline;
}

bool is_mine(uint64_t address)
{
	return address - ram_base < ram_size;
}

bool is_device(uint64_t address)
{
	return address - gicd_base < 0x10000 ||
	       address - cpus[0].gicr < GICR_FRAME * (uint64_t)cpu_count ||
	       address - UART < 0x1000 || address - GPIO < 0x1000 ||
	       (virtio_base && address - virtio_base < 0x1000);
}

enum { ATTACKS = sizeof(attacks) / sizeof(attacks[0]) };

static bool wanted(const struct attack *attack)
{
	char word[32] = "mode=";

	memcpy(word + 5, attack->name, strlen(attack->name) + 1);
	return fdt_bootarg(word);
}

static void find_memory(void)
{
	for (struct fdt_node node = fdt_first(); node.found; node = fdt_next(node)) {
		if (fdt_property_is(node, "device_type", "memory") &&
			fdt_reg(node, 0, &ram_base, &ram_size))
			break;
	}
	fdt_reg(fdt_compatible("virtio,mmio"), 0, &virtio_base, &(uint64_t){0});
	progress = (struct progress *)(ram_base + ram_size - 4096);
	scratch = (uint8_t *)(ram_base + ram_size / 2);
	if (progress->magic != MAGIC)
		*progress = (struct progress){.magic = MAGIC, .current = -1};
}

static void map_aliases(void)
{
	uint64_t *level1 = (uint64_t *)(read_sysreg(ttbr0_el1) & ~0xfffull);
	const uint64_t normal = 1 | 1 << 2 | 1 << 10 | 3 << 8,
		       device = 1 | 1 << 10 | 1ull << 53 | 1ull << 54, el0 = 1 << 6;

	for (uint64_t i = 0; i < cpu_count; i++) {
		uint64_t address = (uint64_t)scratch + i * SCRATCH;

		scratch_table[address / SCRATCH % 512] = address | normal | el0;
	}
	level1[RAM_EL0 >> GIB_SHIFT] = (uint64_t)scratch_table | 3;
	level1[DEVICE_EL0 >> GIB_SHIFT] = fdt_bootarg_number("devices=") ? device | el0 : 0;
	for (uint64_t i = 0; i < ALIASES; i++) {
		level1[(NORMAL_ALIAS >> GIB_SHIFT) + i] = i << GIB_SHIFT | normal;
		level1[(DEVICE_ALIAS >> GIB_SHIFT) + i] = i << GIB_SHIFT | device;
	}
	__asm__ volatile("dsb ish; tlbi vmalle1is; dsb ish; isb" ::: "memory");
}

static void attack_from(struct cpu *cpu)
{
	cpu->on_exception = survive;
	attacks[progress->current].function(cpu);
	done++;
	/* The first CPU that has waited long enough ends it. */
	WAIT_FOR(done >= cpu_count, 500);
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

/* CPU 0 while the others run wild. */
static void watch(struct cpu *cpu)
{
	cpu->on_exception = survive;
	while (!over()) {
		gic_access();
		if (psci_affinity_info(cpus[1].mpidr, 0) == PSCI_OFF)
			cpu_start(1, attack_from, 0);
	}
	WAIT_FOR(done >= cpu_count - 1, 300);
	print("# CPU 1: %u exceptions\n", exceptions[1]);
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

static const struct attack *next_attack(void)
{
	cpu_function *last = progress->current >= 0 ? attacks[progress->current].function : NULL;
	bool again = (last == lives && progress->lives < LIVES) ||
	             (last == resets && progress->lives < RESETS);

	if (!again) {
		progress->lives = 0;
		do {
			progress->current++;
		} while (progress->current < ATTACKS && !wanted(&attacks[progress->current]));
	}
	return progress->current < ATTACKS ? &attacks[progress->current] : NULL;
}

void test_main(void)
{
	const struct attack *attack;

	find_memory();
	map_aliases();
	attack = next_attack();
	if (!attack) {
		print("# hostile: no more attacks\n");
		test_end();
	}
	for (uint32_t i = 0; i < cpu_count; i++)
		random_state[i] = (fdt_bootarg_number("seed=") * 1000 +
					  (uint64_t)progress->current * 64 + progress->lives) *
		                          2654435761u +
		                  1 + i;
	print("# hostile: %s\n", attack->name);
	deadline = now() +
	           milliseconds(fdt_bootarg_number("ms=") ? fdt_bootarg_number("ms=") : attack->ms);
	for (uint32_t i = 1; i < cpu_count && attack->function != resets; i++)
		cpu_start(i, attack_from, 0);
	if (attack->alone && cpu_count > 1)
		watch(&cpus[0]);
	attack_from(&cpus[0]);
}
