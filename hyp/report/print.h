/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the hypervisor itself. On the pCPU of a VM they are reports of that VM (reports.h).
 */
#ifndef PINION_PRINT_H
#define PINION_PRINT_H

/* One line or more. Never waits for the UART, but where no VM runs on this pCPU yet: at boot. */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/* The same without a lock and with waiting: before there is memory to lock in, and in panic(). */
__attribute__((format(printf, 1, 2))) void print_raw(const char *format, ...);

#endif
