/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs that sleep, log the interrupts that they take, and do nothing else. */
#ifndef GUEST_LISTENER_H
#define GUEST_LISTENER_H

#include "cpu.h"

/* SGIs that a listener has enabled, and that every guest has. */
#define LISTENER_SGIS 15

/* Starts one on each CPU but this one, and reports that as a test. False if one did not come. */
bool listeners_start(void);
void listeners_stop(void);

/* Empties the logs of all CPUs. */
void listeners_forget(void);

/*
 * Interrupts in the logs of all CPUs together; this CPU's arrive while it waits in
 * listeners_wait().
 */
uint32_t listeners_total(void);

/* Waits with interrupts enabled until `count` are in the logs; false after `ms`. */
bool listeners_wait(uint32_t count, uint32_t ms);

/* True if exactly `count` interrupts arrive anywhere, all of them INTID `intid` at `cpu`. */
bool listeners_heard(const struct cpu *cpu, uint32_t intid, uint32_t count);

#endif
