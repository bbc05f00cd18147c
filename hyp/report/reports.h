/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: what the hypervisor says about a VM. Each report goes into a ring of that VM
 * (console/report_ring.h). So no pCPU waits for the UART, the reports about one VM do not push out
 * those about another, and a VM that fills its ring delays nobody.
 */
#ifndef PINION_REPORTS_H
#define PINION_REPORTS_H

#include <stdarg.h>

/*
 * Begin and end a report about the VM of this pCPU: what the pCPU prints in between. No other
 * report comes between its lines. Not nested. report_end() takes the UART's lock if that is free.
 */
void report_begin(void);
void report_end(void);

/*
 * Adds text to the report that this pCPU has begun, or else makes a report of it. A line for which
 * the ring has no room is dropped and counted, and the next report begins with the number of lines
 * that were dropped.
 */
__attribute__((format(printf, 1, 0))) void report_va(const char *format, va_list arguments);

/*
 * Reports how many lines about this pCPU's VM were dropped, if there are any and the ring has room.
 * Serves REQUEST_CONSOLE.
 */
void report_lost(void);

/*
 * Waits until all text is out, and reports about every VM how many lines were dropped. Called
 * before the machine goes off, when no VM runs any more.
 */
void report_finish(void);

#endif
