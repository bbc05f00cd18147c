// SPDX-License-Identifier: Apache-2.0
/* Memory that is not the guest's, and tables of its own that lead nowhere. */
#include "gic.h"
#include "hostile.h"
#include "mmu.h"
#include "print.h"
#include "string.h"

static uint32_t touch(uint64_t address)
{
	uint32_t opened = 0;

	opened += !EXPECT(read8(address + 1)).taken;
	opened += !EXPECT(read32(address)).taken;
	opened += !EXPECT(read64(address)).taken;
	opened += !EXPECT(write8(address + 3, 0xff)).taken;
	opened += !EXPECT(write32(address, 0x5a5a5a5a)).taken;
	opened += !EXPECT(write64(address, ~0ull)).taken;
	opened += !EXPECT(__asm__ volatile("ldp x10, x11, [%0]" ::"r"(address)
					   : "x10", "x11"))
	                   .taken;
	opened += !EXPECT(__asm__ volatile("stp xzr, xzr, [%0]" ::"r"(address) : "memory")).taken;
	opened += !EXPECT(__asm__ volatile("ldxr x10, [%0]" ::"r"(address) : "x10")).taken;
	EXPECT(__asm__ volatile("stxr w10, xzr, [%0]" ::"r"(address) : "x10", "memory"));
	opened += !EXPECT(__asm__ volatile("ldar w10, [%0]" ::"r"(address) : "x10")).taken;
	opened += !EXPECT(__asm__ volatile("mov x10, %0; str xzr, [x10, #8]!" ::"r"(address)
					   : "x10", "memory"))
	                   .taken;
	opened += !EXPECT(
		__asm__ volatile(".arch_extension simd; ld1 {v0.16b, v1.16b}, [%0]" ::"r"(address)))
	                   .taken;
	opened += !EXPECT(__asm__ volatile(".arch_extension simd; st1 {v0.4s}, [%0]" ::"r"(address)
					   : "memory"))
	                   .taken;
	EXPECT(__asm__ volatile("dc zva, %0" ::"r"(address) : "memory"));
	EXPECT(__asm__ volatile("dc civac, %0; dc cvau, %0; ic ivau, %0" ::"r"(address)
				: "memory"));
	EXPECT(__asm__ volatile("dc ivac, %0" ::"r"(address) : "memory"));
	EXPECT(__asm__ volatile("at s1e1r, %0; at s1e0w, %0" ::"r"(address)));
	EXPECT(__asm__ volatile("prfm pldl1keep, [%0]" ::"r"(address)));
	opened += !EXPECT(read64(address + 0xffc)).taken;
	opened += !EXPECT(read32(address + 0xffe)).taken;
	return opened;
}

/* All that is not its own: the hypervisor, other VMs, other devices, nothing at all. */
void holes(struct cpu *cpu)
{
	uint32_t opened = 0, touched = 0;

	for (uint64_t at = cpu->index * 0x200000ull; at < (uint64_t)ALIASES << GIB_SHIFT && !over();
		at += 0x200000ull * cpu_count) {
		uint64_t address = at + (random64() & 0x1ff000);
		uint32_t before = opened;

		if (is_mine(address) || is_device(address))
			continue;
		opened += touch(NORMAL_ALIAS + address);
		opened += touch(DEVICE_ALIAS + address);
		touched++;
		if (opened != before && opened < 100)
			print("not ok - %u accesses at 0x%lx\n", opened - before, address);
	}
	for (uint32_t i = 0; i < 400 && !over(); i++) {
		uint64_t address = random64() & 0x7ffffff000;

		if (address >= 64ull << GIB_SHIFT && touch(address))
			print("not ok - access at 0x%lx\n", address);
	}
	/* Page by page: around the interrupt controller and the UART. */
	for (uint64_t at = 0x08000000; cpu->index == 0 && at < 0x0a010000 && !over();
		at += 0x1000) {
		uint64_t address = DEVICE_ALIAS + at;

		if (!is_device(at) &&
			(!EXPECT(read32(address)).taken || !EXPECT(write32(address, ~0u)).taken))
			print("not ok - access at 0x%lx\n", at);
	}
	touch(NORMAL_ALIAS + ram_base - 0x1000);
	touch(NORMAL_ALIAS + ram_base + ram_size);
	for (uint32_t i = 0; i < 16; i++) {
		uint64_t end = NORMAL_ALIAS + ram_base + ram_size - i;

		EXPECT(read64(end));
		EXPECT(read64(NORMAL_ALIAS + ram_base - i));
		EXPECT(__asm__ volatile("ldp x10, x11, [%0]" ::"r"(end) : "x10", "x11"));
		EXPECT(write64(end, 0));
	}
	print("# CPU %u: %u pages touched, %u exceptions\n", cpu->index, touched,
		exceptions[cpu->index]);
}

/* Instructions fetched from where there are none. */
void nowhere(struct cpu *cpu)
{
	static const uint64_t fixed[] = {0x08000000, 0x080a0000, UART, 0x0b000000, HYPERVISOR,
		0x48000000, 0x1fffff000, 0x110000000, 1, 2};

	for (uint32_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (is_mine(fixed[i]))
			continue;
		EXPECT(((void (*)(void))(NORMAL_ALIAS + fixed[i]))());
	}
	for (uint32_t i = 0; i < 200; i++) {
		uint64_t address = random64() >> random_below(64);

		if (i % 2)
			address = NORMAL_ALIAS + (address & 0x1ffffffff);
		if (!is_mine(address & 0x1ffffffff))
			EXPECT(((void (*)(void))address)());
	}
	print("# CPU %u: %u exceptions\n", cpu->index, exceptions[cpu->index]);
}

/* The guest's own tables lead nowhere: to holes, to devices, to themselves. */
void stage1(struct cpu *cpu)
{
	uint64_t *table = (uint64_t *)(scratch + cpu->index * SCRATCH);
	uint64_t old = read_sysreg(ttbr0_el1), tcr = read_sysreg(tcr_el1);

	memcpy(table, (void *)(old & ~0xfffull), 4096);
	for (uint32_t i = 8; i < 512; i++)
		table[i] = (random64() & 0xfffffffff000) | 3;
	table[8] = gicd_base | 3;
	table[9] = cpu->gicr | 3;
	table[10] = UART | 3;
	table[11] = HYPERVISOR | 3;
	table[12] = (uint64_t)table | 3;
	write_sysreg(ttbr0_el1, table);
	write_sysreg(ttbr1_el1, gicd_base);
	write_sysreg(tcr_el1, tcr & ~(1ull << 23));
	__asm__ volatile("dsb ish; isb; tlbi vmalle1; dsb nsh; isb" ::: "memory");
	while (!over()) {
		uint64_t address =
			(8 + random64() % 504) << GIB_SHIFT | (random64() & ((1 << GIB_SHIFT) - 1));

		if (random_below(4) == 0)
			address = ~(random64() >> random_below(40));
		EXPECT(read64(address & ~7ull));
		EXPECT(write32(address & ~3ull, 0));
		EXPECT(__asm__ volatile(
			"at s1e1r, %0; at s1e1w, %0; mrs x10, par_el1" ::"r"(address)
			: "x10"));
		EXPECT(((void (*)(void))address)());
		EXPECT(__asm__ volatile("dc civac, %0" ::"r"(address) : "memory"));
	}
	write_sysreg(ttbr0_el1, old);
	__asm__ volatile("dsb ish; isb; tlbi vmalle1; dsb nsh; isb" ::: "memory");
	print("# CPU %u: %u exceptions\n", cpu->index, exceptions[cpu->index]);
}
