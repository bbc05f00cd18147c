/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical UART, which the hypervisor owns, and who shares it: each VM's console, the
 * monitor's, and the hypervisor's reports. All write into rings of their own (ring.h,
 * report_ring.h), and any pCPU that finds the UART free moves lines on, in turn; what the hardware
 * has no room for goes out by its transmit interrupt.
 */
#ifndef PINION_DRAIN_H
#define PINION_DRAIN_H

#include <stdbool.h>

struct vcpu;

/*
 * The rings of this pCPU's VM have moved, or the monitor's: moves to the hardware what has room
 * there, unless another pCPU is at it, which then does it all. Bounded, however much the others
 * write meanwhile. Called without any lock of the VM's devices, after console_put() and its
 * neighbours.
 */
void console_drain(void);

/*
 * Sets the hardware up. Once, by the boot CPU, with its MMU on; the interrupt controller still
 * masks the interrupt.
 */
void console_init(void);

/*
 * True for the vCPU of the pCPU that takes the UART's interrupt. `vcpu` is null on the boot CPU
 * until it has its own.
 */
bool console_is_of(const struct vcpu *vcpu);

/*
 * Takes the interrupt of the UART. On the pCPU that it is routed to. True: something was typed for
 * the VM of this pCPU, whose devices are to look at it; those of another VM are asked to. To be
 * followed by monitor_serve().
 */
bool console_uart_interrupt(void);

/*
 * Serves REQUEST_CONSOLE, after report_lost() and, on the pCPU with the UART, monitor_serve(). No
 * lock held.
 */
void console_serve(void);

/*
 * Waits until everything that was written is out, unless a VM has the UART. What others write
 * meanwhile is not waited for without end.
 */
void console_finish(void);

#endif
