/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the hypervisor itself. On the pCPU of a VM they are reports about that VM
 * (reports.h).
 */
#ifndef PINION_PRINT_H
#define PINION_PRINT_H

/*
 * Prints one line or more; formats as format_va(). It waits for the UART only at boot, before this
 * pCPU has its vCPU.
 */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

/*
 * The same, but it takes no lock and always waits for the UART. For use before the MMU is on, when
 * locks do not work, and in a panic.
 */
__attribute__((format(printf, 1, 2))) void print_raw(const char *format, ...);

#endif
