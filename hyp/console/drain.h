/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drains the rings of text to the physical UART. Each VM's console, the monitor and the reports
 * about each VM have a ring of their own (ring.h, report_ring.h). Any pCPU that finds the UART's
 * lock free moves text from all rings to the UART, a line of each in turn. What the UART has no
 * room for, the pCPU that takes its transmit interrupt sends later.
 */
#ifndef PINION_DRAIN_H
#define PINION_DRAIN_H

#include <stdbool.h>

struct vcpu;

/*
 * To be called when the rings of this pCPU's VM, or the monitor's, have moved: after console_put()
 * and the other functions of ring.h and output.h that say so. Moves text to the UART as long as
 * that has room. If another pCPU holds the UART's lock, that pCPU does it. Bounded, however much
 * others write meanwhile. No lock of a device held.
 */
void console_drain(void);

/*
 * Sets the UART up. Called once, by the boot CPU, with its MMU on and the UART's interrupt disabled
 * in the distributor.
 */
void console_init(void);

/*
 * True if `vcpu` is on the pCPU that takes the UART's interrupt. `vcpu` may be NULL, as this_vcpu()
 * is on the boot CPU before that enters the view of its VM.
 */
bool console_is_of(const struct vcpu *vcpu);

/*
 * Handles the interrupt of the UART, on the pCPU that it is routed to. Returns true if there is
 * input for the VM of this pCPU; the caller then calls devices_serve(). Asks the VM by
 * REQUEST_DEVICES if the input is another VM's. The caller calls monitor_serve() afterwards.
 */
bool console_uart_interrupt(void);

/*
 * Serves REQUEST_CONSOLE, after report_lost() and, on the pCPU that takes the UART's interrupt,
 * monitor_serve(). No lock held.
 */
void console_serve(void);

/*
 * Waits until all text is out, unless the UART is lent to a VM. Bounded: gives up a UART that takes
 * no character, and does not wait for all that others write meanwhile.
 */
void console_finish(void);

#endif
