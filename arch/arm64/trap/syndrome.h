/* SPDX-License-Identifier: Apache-2.0 */
/* An exception in words: its syndrome (ESR_ELx, see hw/esr.h) and the registers, for the reports of
 * vm_fault() and of a panic. */
#ifndef PINION_SYNDROME_H
#define PINION_SYNDROME_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/esr.h"

/* print() for a guest's mistake. print_raw() for a panic: whoever holds the console's lock may be
 * the pCPU that is broken. */
typedef void print_fn(const char *format, ...);

/* True for an instruction abort. */
static inline bool syndrome_is_fetch(uint64_t esr)
{
	return ESR_EC(esr) == EC_IABT_LOWER || ESR_EC(esr) == EC_IABT_SAME;
}

/* True for an instruction abort or a data abort. */
static inline bool syndrome_is_abort(uint64_t esr)
{
	return syndrome_is_fetch(esr) || ESR_EC(esr) == EC_DABT_LOWER ||
	       ESR_EC(esr) == EC_DABT_SAME;
}

/* The fault status of an abort without its level, such as "permission fault". */
const char *syndrome_status(uint64_t esr);

/* Prints one line about `esr`, the value of the syndrome register called `name`. */
void syndrome_print(print_fn *out, const char *name, uint64_t esr);

/* Prints x[0] to x[30]. */
void registers_print(print_fn *out, const uint64_t *x);

#endif
