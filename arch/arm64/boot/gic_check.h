/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the GIC is the one that the description was built for. */
#ifndef PINION_GIC_CHECK_H
#define PINION_GIC_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Compares the distributor, the redistributors of all pCPUs in use and this CPU's list registers
 * with the tables. Prints each difference; true if there is none. On the boot CPU, in the boot
 * view, which maps all redistributors.
 */
bool gic_check(void);

/* Reports a register of the GIC that does not become ready: `stuck` is its address as gic_init()
 * and gic_cpu_init() return it, or 0. */
void gic_check_ready(uint64_t stuck);

#endif
