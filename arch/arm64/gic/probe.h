/* SPDX-License-Identifier: Apache-2.0 */
/* Looks whether the physical GIC is the one that the core was built for, and where the tables say.
 * On the boot CPU, in the boot view, which maps all its frames. */
#ifndef PINION_PROBE_H
#define PINION_PROBE_H

#include <stdbool.h>

/* Whether there is a distributor of the right version. Enables what the functions in ich.h need. */
bool gic_is_there(void);

/* Whether its other frames, and what it has of security states, are as the tables say. Prints each
 * difference. */
bool gic_frames_match(void);

#endif
