/* SPDX-License-Identifier: Apache-2.0 */
/* Cache maintenance by address. */
#include "hw/cache.h"

#include "hw/cpu_insn.h"
#include "speed.h"

HOT("reset to first guest instruction, check left out")
void cache_clean_invalidate(uint64_t base, uint64_t size)
{
	/* CTR_EL0.DminLine is log2 of the number of words in a line. */
	uint64_t line = 4ull << (read_sysreg(ctr_el0) >> 16 & 0xf);

	for (uint64_t address = base & ~(line - 1); address < base + size; address += line)
		__asm__ volatile("dc civac, %0" : : "r"(address) : "memory");
	dsb_sy();
}
