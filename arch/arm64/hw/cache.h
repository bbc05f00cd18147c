/* SPDX-License-Identifier: Apache-2.0 */
/* Cache maintenance by address. */
#ifndef PINION_CACHE_H
#define PINION_CACHE_H

#include <stdint.h>

/* Cleans and invalidates the bytes [base, base + size) to the point of coherency, so that an
 * observer with its caches off reads what was written. Has taken effect on return. */
void cache_clean_invalidate(uint64_t base, uint64_t size);

#endif
