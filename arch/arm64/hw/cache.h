/* SPDX-License-Identifier: Apache-2.0 */
/* Cache maintenance. */
#ifndef PINION_CACHE_H
#define PINION_CACHE_H

#include <stdint.h>

/*
 * Cleans and invalidates [base, base + size) to the point of coherency: what was written is what an
 * observer with its caches off reads.
 */
void cache_clean_invalidate(uint64_t base, uint64_t size);

#endif
