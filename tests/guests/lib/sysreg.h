/* SPDX-License-Identifier: Apache-2.0 */
/* Access to system registers, barriers and device registers. */
#ifndef GUEST_SYSREG_H
#define GUEST_SYSREG_H

#include <stdint.h>

/* One level of indirection, so that the names defined below are expanded. */
#define read_sysreg(name)         read_sysreg_(name)
#define write_sysreg(name, value) write_sysreg_(name, value)

#define read_sysreg_(name)                                                                         \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory");                       \
		value_;                                                                            \
	})

#define write_sysreg_(name, value)                                                                 \
	__asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

#define isb()   __asm__ volatile("isb" ::: "memory")
#define dsb()   __asm__ volatile("dsb sy" ::: "memory")
#define wfi()   __asm__ volatile("wfi" ::: "memory")
#define relax() __asm__ volatile("yield" ::: "memory")

/* Names that the assembler lacks or knows only with extensions switched on. */
#define ICC_IAR0_EL1    S3_0_C12_C8_0
#define ICC_EOIR0_EL1   S3_0_C12_C8_1
#define ICC_HPPIR0_EL1  S3_0_C12_C8_2
#define ICC_BPR0_EL1    S3_0_C12_C8_3
#define ICC_AP0R0_EL1   S3_0_C12_C8_4
#define ICC_AP1R0_EL1   S3_0_C12_C9_0
#define ICC_DIR_EL1     S3_0_C12_C11_1
#define ICC_RPR_EL1     S3_0_C12_C11_3
#define ICC_SGI1R_EL1   S3_0_C12_C11_5
#define ICC_ASGI1R_EL1  S3_0_C12_C11_6
#define ICC_SGI0R_EL1   S3_0_C12_C11_7
#define ICC_IAR1_EL1    S3_0_C12_C12_0
#define ICC_EOIR1_EL1   S3_0_C12_C12_1
#define ICC_HPPIR1_EL1  S3_0_C12_C12_2
#define ICC_BPR1_EL1    S3_0_C12_C12_3
#define ICC_CTLR_EL1    S3_0_C12_C12_4
#define ICC_SRE_EL1     S3_0_C12_C12_5
#define ICC_IGRPEN0_EL1 S3_0_C12_C12_6
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_PMR_EL1     S3_0_C4_C6_0

#define DEFINE_MMIO(bits, type, load, store, width)                                                \
	static inline type read##bits(uint64_t address)                                            \
	{                                                                                          \
		type value;                                                                        \
		__asm__ volatile(load " %" width "0, [%1]"                                         \
				 : "=r"(value)                                                     \
				 : "r"(address)                                                    \
				 : "memory");                                                      \
		return value;                                                                      \
	}                                                                                          \
	static inline void write##bits(uint64_t address, type value)                               \
	{                                                                                          \
		__asm__ volatile(store " %" width "0, [%1]" ::"r"(value), "r"(address)             \
				 : "memory");                                                      \
	}

DEFINE_MMIO(8, uint8_t, "ldrb", "strb", "w")
DEFINE_MMIO(16, uint16_t, "ldrh", "strh", "w")
DEFINE_MMIO(32, uint32_t, "ldr", "str", "w")
DEFINE_MMIO(64, uint64_t, "ldr", "str", "x")

static inline void irq_enable(void)
{
	__asm__ volatile("msr daifclr, #3; isb" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("msr daifset, #3; isb" ::: "memory");
}

#endif
