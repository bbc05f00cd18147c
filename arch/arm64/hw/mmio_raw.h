/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores of device registers, by physical address. They are inline assembly, so that each
 * is one plain access of exactly its size, whatever the compiler does. The memory type of a device
 * keeps the accesses to it in program order.
 */
#ifndef PINION_MMIO_RAW_H
#define PINION_MMIO_RAW_H

#include <stdint.h>

static inline uint32_t raw_read8(uint64_t pa)
{
	uint32_t value;

	__asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(pa) : "memory");
	return value;
}

static inline void raw_write8(uint64_t pa, uint8_t value)
{
	__asm__ volatile("strb %w0, [%1]" : : "rZ"(value), "r"(pa) : "memory");
}

static inline uint32_t raw_read32(uint64_t pa)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(pa) : "memory");
	return value;
}

static inline void raw_write32(uint64_t pa, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" : : "rZ"(value), "r"(pa) : "memory");
}

static inline uint64_t raw_read64(uint64_t pa)
{
	uint64_t value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(pa) : "memory");
	return value;
}

static inline void raw_write64(uint64_t pa, uint64_t value)
{
	__asm__ volatile("str %x0, [%1]" : : "rZ"(value), "r"(pa) : "memory");
}

#endif
