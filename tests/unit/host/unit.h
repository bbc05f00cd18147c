/* SPDX-License-Identifier: Apache-2.0 */
/* What every host test includes first. */
#ifndef PINION_UNIT_H
#define PINION_UNIT_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h> /* which needs some of those in front of it */
/* clang-format on */

static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
