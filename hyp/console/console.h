/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical UART, which the hypervisor owns, and who shares it: each VM's console, the monitor's, and the
 * hypervisor's reports. All write into rings of their own, and any pCPU that finds the UART free moves lines on, in
 * turn; what the hardware has no room for goes out by its transmit interrupt.
 */
#ifndef PINION_CONSOLE_H
#define PINION_CONSOLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "console/output.h"
#include "console/print.h"

struct vcpu;

/* Bytes that may wait for the UART; the rest of OUTPUT_SIZE is history. */
#define CONSOLE_TX_SIZE (OUTPUT_SIZE - OUTPUT_HISTORY)

/* A power of two, so that the indices may count on through 2^32. */
#define CONSOLE_RX_SIZE 256u

/*
 * A console's rings; all zero is empty. The device model of the VM is one side, under its own lock, and nothing waits
 * for the other. Whole lines are published where several VMs share the UART.
 */
struct console {
	struct output tx;
	_Atomic uint32_t rx_head;     /* written by the pCPU that takes the UART's interrupt */
	_Atomic uint32_t rx_tail;     /* written by the device model */
	uint16_t rx[CONSOLE_RX_SIZE]; /* what the driver's get() returned */
};

/* The device model's side; the caller holds the lock of its device. */

/* Bytes that have not left the ring. */
static inline uint32_t console_tx_used(const struct console *console)
{
	return output_used(&console->tx);
}

/* Writes a byte; the caller has seen that there is room. `hold`: it must not go out before console_flush(). */
void console_put(struct console *console, uint8_t byte, bool hold);

/* Lets everything written so far out, also a line that is not complete. False: it was already. */
bool console_flush(struct console *console);

/* Asks for WORK_DEVICES, or the monitor for WORK_CONSOLE, once the ring is half sent. To be followed by
 * console_drain(). */
static inline void console_wait_tx(struct console *console)
{
	output_wait(&console->tx);
}

/* Characters that have arrived. */
static inline uint32_t console_rx_used(const struct console *console)
{
	/* Acquire, with the release in deliver(): the characters are there. rx_tail is the caller's own. */
	return atomic_load_explicit(&console->rx_head, memory_order_acquire) -
	       atomic_load_explicit(&console->rx_tail, memory_order_relaxed);
}

/* The character that `ahead` others are in front of. */
uint16_t console_peek(const struct console *console, uint32_t ahead);

/* Removes the first character. To be followed by console_drain(), which lets the hardware receive again. */
void console_remove(struct console *console);

/*
 * The rings of this pCPU's VM have moved, or the monitor's: moves to the hardware what has room there, unless another
 * pCPU is at it, which then does it all. Bounded, however much the others write meanwhile. Called without any lock of
 * the VM's devices, after console_put() and the others above.
 */
void console_drain(void);

/* Sets the hardware up. Once, by the boot CPU, with its MMU on; the interrupt controller still masks the interrupt. */
void console_init(void);

/*
 * The UART goes to the VM that owns it, at the start of its life, once all that was written is out; and comes back,
 * reset, when that life has ended. In between nothing is sent. Other VMs: nothing happens. On a pCPU of `vm`, none of
 * whose vCPUs is in its guest.
 */
void console_lend(const struct vm_config *vm);
void console_regain(const struct vm_config *vm);

/* True for the vCPU of the pCPU that takes the UART's interrupt. `vcpu` is null on the boot CPU until it has its own.
 */
bool console_is_of(const struct vcpu *vcpu);

/* Takes the interrupt of the UART. On the pCPU that it is routed to. True: something was typed for the VM of this pCPU,
 * whose devices are to look at it; those of another VM are asked to. To be followed by monitor_work(). */
bool console_uart_interrupt(void);

/* Serves WORK_CONSOLE, after report_lost() and, on the pCPU with the UART, monitor_work(). No lock held. */
void console_work(void);

/* Sends characters past all rings, between console_claim() and console_let_go(). Others get the UART while it has no
 * room. At boot. */
void console_claim(void);
void console_send(char c);

/*
 * Keeps all others from the UART until console_let_go(): for panic(), which has no time for rings. False: the UART is
 * not let go of, perhaps by who is broken.
 */
bool console_seize(void);
void console_let_go(void);

/* Waits until everything that was written is out: before the machine goes off, when no VM runs any more. */
void console_finish(void);

/* The consoles by number: that of VM n, and after the last one the monitor's. */
#define CONSOLE_MONITOR (system_config.vm_count)
struct console *console_of(uint32_t number);

#endif
