/* SPDX-License-Identifier: Apache-2.0 */
/* The generic timers of the calling CPU. */
#ifndef GUEST_TIMER_H
#define GUEST_TIMER_H

#include <stdbool.h>
#include <stdint.h>

enum { VIRTUAL_TIMER, PHYSICAL_TIMER, TIMERS };

#define TIMER_ENABLE (1u << 0)
#define TIMER_IMASK  (1u << 1)
#define TIMER_STATUS (1u << 2)

struct timer {
	const char *name;
	uint32_t intid; /* from the device tree */

	/* Condition true from counter value `at` on; `interrupt`: not masked by IMASK. */
	void (*set)(uint64_t at, bool interrupt);
	void (*stop)(void);
	uint32_t (*control)(void);
	uint64_t (*counter)(void);
};

extern struct timer timers[TIMERS];

void timer_init(void);

#endif
