// SPDX-License-Identifier: Apache-2.0
/* Stage 1 of the guest: an identity map. */
#include "mmu.h"

#include "cpu.h"
#include "fdt.h"

#define GIB       (1ull << 30)
#define BLOCK     (2ull << 20)
#define TABLES    8
#define ATTR(n)   ((uint64_t)(n) << 2)
#define DEVICE    (1ull | ATTR(0) | 1ull << 10 | 1ull << 53 | 1ull << 54)
#define NORMAL    (1ull | ATTR(1) | 1ull << 10 | 3ull << 8)
#define TABLE     3ull
#define SCTLR_MCI (1ull << 0 | 1ull << 2 | 1ull << 12)

static uint64_t level1[512] __attribute__((aligned(4096)));
static uint64_t level2[TABLES][512] __attribute__((aligned(4096)));
static uint32_t level2_used;

/* The level-2 table of the GiB of `address`; made when first asked for. */
static uint64_t *table_of(uint64_t address)
{
	uint64_t *entry = &level1[address / GIB];

	if ((*entry & 3) == TABLE)
		return (uint64_t *)(*entry & ~0xfffull);
	if (level2_used == TABLES)
		return NULL;

	uint64_t *table = level2[level2_used++];

	for (uint64_t i = 0; i < 512; i++)
		table[i] = (address & ~(GIB - 1)) + i * BLOCK + DEVICE;
	*entry = (uint64_t)table | TABLE;
	return table;
}

void mmu_make_tables(void)
{
	uint64_t base, size;

	for (uint64_t i = 0; i < 512; i++)
		level1[i] = i * GIB | DEVICE;
	for (struct fdt_node node = fdt_first(); node.found; node = fdt_next(node)) {
		if (!fdt_property_is(node, "device_type", "memory"))
			continue;
		for (uint32_t i = 0; fdt_reg(node, i, &base, &size); i++) {
			for (uint64_t at = base & ~(BLOCK - 1); at < base + size; at += BLOCK) {
				uint64_t *table = table_of(at);

				if (!table)
					return;
				table[at / BLOCK % 512] = at | NORMAL;
			}
		}
	}
}

void mmu_enable(void)
{
	write_sysreg(mair_el1, 0xff00);
	write_sysreg(
		tcr_el1, 25ull | 1ull << 8 | 1ull << 10 | 3ull << 12 | 1ull << 23 | 2ull << 32);
	write_sysreg(ttbr0_el1, (uint64_t)level1);
	dsb();
	isb();
	__asm__ volatile("tlbi vmalle1; ic iallu; dsb nsh; isb" ::: "memory");
	write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) | SCTLR_MCI);
	isb();
}

void mmu_disable(void)
{
	write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) & ~SCTLR_MCI);
	isb();
	__asm__ volatile("tlbi vmalle1; dsb nsh; isb" ::: "memory");
}

void mmu_make_executable(uint64_t address)
{
	level1[address / GIB] = (address & ~(GIB - 1)) | NORMAL;
	__asm__ volatile("dsb ishst; tlbi vmalle1is; dsb ish; isb" ::: "memory");
}

void mmu_clean(const void *start, size_t size)
{
	uint64_t line = 4ull << ((read_sysreg(ctr_el0) >> 16) & 0xf);
	uint64_t at = (uint64_t)start & ~(line - 1);

	for (; at < (uint64_t)start + size; at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	dsb();
}
