// SPDX-License-Identifier: Apache-2.0
/* CPU_ON: from the call to the first instruction of the CPU that starts. */
#include "bench.h"
#include "mmu.h"
#include "psci.h"

/*
 * CPU 1's first instruction ends the measurement; the next ones note when that was, with the MMU
 * off.
 */
void first_instruction(void);
extern uint64_t first_instruction_at;
uint64_t first_instruction_at __attribute__((aligned(64)));
__asm__("first_instruction:\n"
	"	hint	#66\n"
	"	mrs	x1, cntpct_el0\n"
	"	adrp	x2, first_instruction_at\n"
	"	str	x1, [x2, :lo12:first_instruction_at]\n"
	"	b	secondary_start");

static void nop(struct cpu *cpu)
{
	(void)cpu;
}

void measure_cpu_on(void)
{
	begin();
	for (uint32_t i = 0; i < COUNT; i++) {
		cpu_prepare(1, nop, 0);
		mmu_clean(&first_instruction_at, sizeof(first_instruction_at));
		settle();
		resume();
		psci_cpu_on(cpus[1].mpidr, (uint64_t)first_instruction, (uint64_t)&cpus[1]);
		cpu_wait_arrived(1);
		mmu_clean(&first_instruction_at, sizeof(first_instruction_at));
		ticks += first_instruction_at - since;
		cpu_wait_off(1);
	}
	end("CPU_ON");
}
