/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands for arch/arm64/hw/mmio_raw.h in host tests; a test that needs device registers defines
 * these.
 */
#ifndef PINION_MMIO_RAW_H
#define PINION_MMIO_RAW_H

#include <stdint.h>

uint32_t raw_read8(uint64_t pa);
void raw_write8(uint64_t pa, uint8_t value);
uint32_t raw_read32(uint64_t pa);
void raw_write32(uint64_t pa, uint32_t value);
uint64_t raw_read64(uint64_t pa);
void raw_write64(uint64_t pa, uint64_t value);

#endif
