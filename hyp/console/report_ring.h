/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring buffer of the hypervisor's reports about a VM. The VM's pCPUs write it
 * (report/reports.h).
 */
#ifndef PINION_REPORT_RING_H
#define PINION_REPORT_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "console/output.h"
#include "lib/lock.h"

struct vcpu;

/*
 * Each report ends with a null byte. The VM's pCPUs write all of this under `lock`; the holder of
 * the UART's lock reads `out`. All zero is an empty ring.
 */
struct reports {
	struct lock lock;
	const struct vcpu
		*_Atomic writer; /* the holder of the lock; each pCPU only looks for itself */
	uint32_t line;           /* the value of out.head at which the current line began */
	bool cut;                /* the current line found no room */
	_Atomic uint32_t lost;   /* lines that were dropped since a report last said so */
	struct output out;
};

#endif
