/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A console: the ring buffers between a VM's UART, or the monitor, and the physical UART. Each has
 * one writer and one reader, neither of which waits for the other.
 */
#ifndef PINION_RING_H
#define PINION_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "console/output.h"

/* Bytes that may wait for the UART; the rest of OUTPUT_SIZE is history. */
#define CONSOLE_TX_SIZE (OUTPUT_SIZE - OUTPUT_HISTORY)

/* A power of two, so that the indices may count on through 2^32. */
#define CONSOLE_RX_SIZE 256u

/* A line of a console that is longer goes out in pieces. */
#define LINE_LIMIT (CONSOLE_TX_SIZE / 4)

/*
 * All zero is empty. The device model of the VM is one side, under its own lock. Whole lines are
 * published where several VMs share the UART.
 */
struct console {
	struct output tx;
	_Atomic uint32_t rx_head;     /* written by the pCPU that takes the UART's interrupt */
	_Atomic uint32_t rx_tail;     /* written by the device model */
	uint16_t rx[CONSOLE_RX_SIZE]; /* what the driver's get() returned */
};

/* The consoles by number: that of VM n, and after the last one the monitor's. */
#define CONSOLE_MONITOR (system_config.vm_count)
struct console *console_of(uint32_t number);

/*
 * The device model's side; the caller holds the lock of its device. console_drain() is to follow
 * once it is let go.
 */

/* Bytes that have not left the ring. */
static inline uint32_t console_tx_used(const struct console *console)
{
	return output_used(&console->tx);
}

/*
 * Writes a byte; the caller has seen that there is room. `hold`: it must not go out before
 * console_flush().
 */
void console_put(struct console *console, uint8_t byte, bool hold);

/* Lets everything written so far out, also a line that is not complete. False: it was already. */
bool console_flush(struct console *console);

/* Asks for REQUEST_DEVICES, or the monitor for REQUEST_CONSOLE, once the ring is half sent. */
static inline void console_wait_tx(struct console *console)
{
	output_want_room(&console->tx);
}

/* Characters that have arrived. */
static inline uint32_t console_rx_used(const struct console *console)
{
	/*
	 * Acquire, with the release in input.c's deliver(): the characters are there. rx_tail is
	 * the caller's own.
	 */
	return atomic_load_explicit(&console->rx_head, memory_order_acquire) -
	       atomic_load_explicit(&console->rx_tail, memory_order_relaxed);
}

/* The character that `ahead` others are in front of. */
uint16_t console_peek(const struct console *console, uint32_t ahead);

/* Removes the first character. console_drain() then lets the hardware receive again. */
void console_remove(struct console *console);

#endif
