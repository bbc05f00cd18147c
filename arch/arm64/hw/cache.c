/* SPDX-License-Identifier: Apache-2.0 */
#include "hw/cache.h"

#include "hw/cpu_insn.h"

void cache_clean_invalidate(uint64_t base, uint64_t size)
{
	uint64_t line = 4ull << (read_sysreg(ctr_el0) >> 16 & 0xf); /* CTR_EL0.DminLine, in words */

	for (uint64_t address = base & ~(line - 1); address < base + size; address += line)
		__asm__ volatile("dc civac, %0" : : "r"(address) : "memory");
	dsb_sy();
}
