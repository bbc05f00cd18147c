/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the hypervisor itself. On the pCPU of a VM they are about that VM and go into a ring of its own, so that
 * nobody waits for the UART, no VM's messages push out another's, and what one VM does to fill its ring delays nobody.
 */
#ifndef PINION_PRINT_H
#define PINION_PRINT_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "console/output.h"
#include "lib/lock.h"

struct vcpu;

/* What is to be said of one VM: reports, each ended by a null byte. Written by the VM's own pCPUs, all but `out` under
 * `lock`. All zero is empty. */
struct reports {
	struct lock lock;
	const struct vcpu *_Atomic writer; /* holder of the lock, for itself to know */
	uint32_t line;                     /* out.head where the line begins that is being written */
	bool cut;                          /* that line finds no room */
	_Atomic uint32_t lost;             /* lines that found no room, since that was said last */
	struct output out;
};

/*
 * One line or more. Never waits for the UART, but where no VM runs on this pCPU yet: at boot. Lines for which the ring
 * has no room are counted, and a line says how many as soon as there is some.
 */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);
__attribute__((format(printf, 1, 0))) void print_va(const char *format, va_list arguments);

/* The same without a lock and with waiting: before there is memory to lock in, and in panic(). */
__attribute__((format(printf, 1, 2))) void print_raw(const char *format, ...);
__attribute__((format(printf, 1, 0))) void print_raw_va(const char *format, va_list arguments);

/* What this pCPU prints between these two is one report: no other report comes between its lines. Not nested. */
void report_begin(void);
void report_end(void);

/* Says how many lines were lost, if there is room now. WORK_CONSOLE of the VM. */
void report_lost(void);

#endif
