/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generic watchdog of the Base System Architecture (Arm DEN0094, section A; first in the SBSA,
 * DEN0029), revision 1: control frame, and the refresh frame in the page after it. Its first stage
 * is an interrupt, its second stops the VM, and what follows is the VM's policy. The pCPU of vCPU 0
 * keeps its time by EL2's own timer.
 */
#ifndef PINION_WATCHDOG_H
#define PINION_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "device/irq_line.h"
#include "lib/lock.h"

/* All under `lock`. */
struct watchdog {
	struct lock lock;
	bool enabled;     /* WCS.EN */
	bool signalled;   /* WCS.WS0, and the level of the interrupt line */
	bool expired;     /* WCS.WS1 */
	uint64_t offset;  /* WOR: 48 bits */
	uint64_t compare; /* WCV */
	uint64_t armed;   /* counter value that vCPU 0 looks at it next, or later than that */
};

struct watchdog_config {
	struct watchdog *state;
	struct irq_line irq;
};

mmio_read_fn watchdog_read;
mmio_write_fn watchdog_write;
device_fn watchdog_reset;

/* Time may be up. On any pCPU of the VM. */
device_fn watchdog_serve;

#endif
