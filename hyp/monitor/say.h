/* SPDX-License-Identifier: Apache-2.0 */
/* Writes on the monitor's console. */
#ifndef PINION_SAY_H
#define PINION_SAY_H

/*
 * Formats as format_va(), and drops what finds no room in the ring. The caller then calls
 * console_flush() for that console. On the pCPU that takes the UART's interrupt.
 */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

#endif
