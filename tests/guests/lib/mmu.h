/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 1: identity map of the lowest 512 GiB, RAM cacheable, everything else Device-nGnRnE and
 * never executable.
 */
#ifndef GUEST_MMU_H
#define GUEST_MMU_H

#include <stddef.h>
#include <stdint.h>

/* Reads the RAM from the device tree. */
void mmu_make_tables(void);

void mmu_enable(void);
void mmu_disable(void);

/* Makes the GiB of `address` executable memory, so that an instruction fetch leaves the CPU. */
void mmu_make_executable(uint64_t address);

/* Cleans and invalidates by address to the point of coherency, for a reader with its MMU off. */
void mmu_clean(const void *start, size_t size);

#endif
