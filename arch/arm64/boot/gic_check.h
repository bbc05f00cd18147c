/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the GIC is the one that the description was built for. */
#ifndef PINION_GIC_CHECK_H
#define PINION_GIC_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* True if the GIC is the one that the tables describe; prints what differs. On the boot CPU. */
bool gic_check(void);

/*
 * Says that a register does not become ready, as gic_init() and gic_cpu_init() return it, unless
 * that is 0.
 */
void gic_check_ready(uint64_t stuck);

#endif
