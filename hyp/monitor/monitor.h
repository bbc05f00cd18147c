/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: the commands for the operator at the terminal (docs/console.md). It has a console of
 * its own. The pCPU that takes the UART's interrupt serves it, a few lines at a time if its ring
 * has room, whatever the state of that pCPU's VM is.
 */
#ifndef PINION_MONITOR_H
#define PINION_MONITOR_H

/*
 * Goes on with the monitor: reads typed keys, continues a command if there is room for its output,
 * and says which VM gets the input if that has changed. Bounded. On the pCPU that takes the UART's
 * interrupt, no lock held.
 */
void monitor_serve(void);

#endif
