/* SPDX-License-Identifier: Apache-2.0 */
/* What a restart of the VM leaves as it is: RAM outside the images, 1 MiB behind this one. */
#ifndef GUEST_SURVIVOR_H
#define GUEST_SURVIVOR_H

#include <stdint.h>

struct survivor {
	uint64_t magic;
	uint32_t life; /* from 1 on */
	uint32_t words[8];
};

/* To be called once in a life, which it counts. All but `life` is zero if this is the first life,
 * or if the RAM was cleared. */
struct survivor *survivor(void);

#endif
