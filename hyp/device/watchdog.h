/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generic watchdog of the Base System Architecture (Arm DEN0094, section A; before in the SBSA,
 * Arm DEN0029), revision 1: a control frame, and a refresh frame in the page behind it. When its
 * time is over, it raises its interrupt; the second time, it stops the VM, and `on_crash` of the
 * description decides what follows. The pCPU of vCPU 0 keeps the time by EL2's timer.
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
	uint64_t offset;  /* WOR: 48 bits, in ticks of the system counter */
	uint64_t compare; /* WCV: a value of the system counter */
	uint64_t armed;   /* the pCPU of vCPU 0 looks at it at this counter value, or earlier */
};

struct watchdog_config {
	struct watchdog *state;
	struct irq_line irq;
};

/* The functions of struct mmio_region; `device` points to a struct watchdog_config. */
mmio_read_fn watchdog_read;
mmio_write_fn watchdog_write;
device_fn watchdog_reset;

/* Looks whether the time is over. On any pCPU of the VM. */
device_fn watchdog_serve;

#endif
