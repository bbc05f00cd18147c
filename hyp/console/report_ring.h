/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring buffer of what the hypervisor reports of a VM. The VM's pCPUs write it
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
 * Reports, each ended by a null byte. Written by the VM's own pCPUs, all but `out` under `lock`.
 * All zero is empty.
 */
struct reports {
	struct lock lock;
	const struct vcpu *_Atomic writer; /* holder of the lock, for itself to know */
	uint32_t line;         /* out.head where the line begins that is being written */
	bool cut;              /* that line finds no room */
	_Atomic uint32_t lost; /* lines that found no room, since that was said last */
	struct output out;
};

#endif
