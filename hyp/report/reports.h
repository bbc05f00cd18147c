/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: what the hypervisor has to say of a VM. They go into a ring of that VM
 * (console/report_ring.h), so that nobody waits for the UART, no VM's reports push out another's,
 * and what one VM does to fill its ring delays nobody.
 */
#ifndef PINION_REPORTS_H
#define PINION_REPORTS_H

#include <stdarg.h>

/*
 * What this pCPU prints between these two is one report of its VM: no other report comes between
 * its lines. Not nested.
 */
void report_begin(void);
void report_end(void);

/*
 * Adds to the report that this pCPU has begun, or is a report of its own. A line for which the ring
 * has no room is counted, and the next report begins with how many there were.
 */
__attribute__((format(printf, 1, 0))) void report_va(const char *format, va_list arguments);

/* Says how many lines were lost, if there is room now. Serves REQUEST_CONSOLE. */
void report_lost(void);

/*
 * Waits until everything that was written is out, and says of every VM how many lines were lost:
 * before the machine goes off, when no VM runs any more.
 */
void report_finish(void);

#endif
