/* SPDX-License-Identifier: Apache-2.0 */
/* A broken invariant of the hypervisor itself; whatever a guest does wrong is vm_fault()'s. */
#ifndef PINION_PANIC_H
#define PINION_PANIC_H

/* Prints the message, registers and a backtrace without taking a lock, and stops this pCPU. */
__attribute__((noreturn, format(printf, 1, 2))) void panic(const char *format, ...);

#endif
