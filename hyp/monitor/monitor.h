/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: commands for whoever sits at the terminal, docs/console.md. It is a console of its
 * own, served by the pCPU that takes the UART's interrupt, a few lines at a time as its ring has
 * room; the state of no VM matters to it.
 */
#ifndef PINION_MONITOR_H
#define PINION_MONITOR_H

/*
 * Reads what was typed and goes on with what is being shown, if the monitor has input, room or
 * news; returns soon. On the pCPU that takes the UART's interrupt, no lock held.
 */
void monitor_serve(void);

#endif
