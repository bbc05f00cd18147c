// SPDX-License-Identifier: Apache-2.0
/* Mistakes that end the VM with a report. */
#include "gic.h"
#include "hostile.h"
#include "mmu.h"
#include "print.h"

#define MARK 0x600dcafe600dcafe

#define ON_DEVICE(name, instruction)                                                               \
	void name(struct cpu *cpu)                                                                 \
	{                                                                                          \
		uint64_t device = NORMAL_ALIAS + gicd_base;                                        \
		struct fault fault =                                                               \
			EXPECT(__asm__ volatile(instruction ::"r"(device)                          \
						: "x10", "x11", "x12", "x13", "memory"));          \
		print("# CPU %u: still here, %s, ESR 0x%lx\n", cpu->index,                         \
			fault.taken ? "exception" : "no exception", fault.taken ? fault.esr : 0);  \
	}

ON_DEVICE(kill_ldp, "ldp x10, x11, [%0]")
ON_DEVICE(kill_stp, "stp x10, x11, [%0, #16]")
ON_DEVICE(kill_writeback, "mov x10, %0; ldr w11, [x10], #4")
ON_DEVICE(kill_ldxr, "ldxr w10, [%0]")
ON_DEVICE(kill_simd, ".arch_extension simd; ld1 {v0.16b}, [%0]")
ON_DEVICE(kill_zva, "dc zva, %0")
ON_DEVICE(kill_cas, ".arch_extension lse; cas w10, w11, [%0]")
ON_DEVICE(kill_unaligned, "ldur w10, [%0, #2]")
ON_DEVICE(kill_last, "add x10, %0, #0xffc; ldr x10, [x10]")

/*
 * Early code: no translation, no vectors, x20 = MARK. What it is told of its accesses takes it to
 * vectors where nothing is.
 */
#define LOST(name, instruction)                                                                    \
	void name(struct cpu *cpu)                                                                 \
	{                                                                                          \
		mmu_disable();                                                                     \
		write_sysreg(vbar_el1, 0);                                                         \
		isb();                                                                             \
		__asm__ volatile("mov x20, %1\n\t" instruction ::"r"(SOMEWHERE), "r"(MARK)         \
				 : "x10", "x20", "memory");                                        \
		print("# CPU %u: still here\n", cpu->index);                                       \
	}

LOST(lost_jump, "br %0")
LOST(lost_read, "ldrsh w10, [%0, #6]")
LOST(lost_write, "str x20, [%0, #16]")
