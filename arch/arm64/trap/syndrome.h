/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exception in words: its syndrome (ESR_ELx, hw/esr.h) and registers, for the reports of faults
 * and of panic.
 */
#ifndef PINION_SYNDROME_H
#define PINION_SYNDROME_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/esr.h"

/*
 * print() for what a guest did, print_raw() for a panic: whoever holds the console's lock may be
 * the one that is broken.
 */
typedef void print_fn(const char *format, ...);

/* Instruction abort. */
static inline bool syndrome_is_fetch(uint64_t esr)
{
	return ESR_EC(esr) == EC_IABT_LOWER || ESR_EC(esr) == EC_IABT_SAME;
}

/* Instruction or data abort. */
static inline bool syndrome_is_abort(uint64_t esr)
{
	return syndrome_is_fetch(esr) || ESR_EC(esr) == EC_DABT_LOWER ||
	       ESR_EC(esr) == EC_DABT_SAME;
}

/* The fault status of an abort, but for the level: "permission fault", ... */
const char *syndrome_status(uint64_t esr);

/* A line with the syndrome register called `name`. */
void syndrome_print(print_fn *out, const char *name, uint64_t esr);

/* Lines with x[0] to x[30]. */
void registers_print(print_fn *out, const uint64_t *x);

#endif
