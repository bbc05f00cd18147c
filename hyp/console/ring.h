/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A console: two ring buffers between the emulated UART of a VM, or the monitor, and the physical
 * UART. Each ring has one writer and one reader, and neither waits for the other.
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

/* Characters. A power of two, as the indices wrap at 2^32. */
#define CONSOLE_RX_SIZE 256u

/* Bytes. A longer line of a console is published, and goes out, in parts of this size. */
#define LINE_LIMIT (CONSOLE_TX_SIZE / 4)

/*
 * The device model of the VM, under the lock of the device, is the writer of `tx` and the reader of
 * `rx`. If several VMs share the UART, it publishes whole lines. All zero is a console with empty
 * rings.
 */
struct console {
	struct output tx;
	_Atomic uint32_t rx_head;     /* set by the pCPU that takes the UART's interrupt */
	_Atomic uint32_t rx_tail;     /* set by the device model */
	uint16_t rx[CONSOLE_RX_SIZE]; /* characters as uart_driver.get() returns them */
};

/* The console of a number: number n is that of VM n, and CONSOLE_MONITOR is the monitor's. */
#define CONSOLE_MONITOR (system_config.vm_count)
struct console *console_of(uint32_t number);

/*
 * The rest is for the device model. It calls these functions with the lock of its device held, and
 * calls console_drain() after it has released that lock.
 */

/* Bytes of output that have not left the ring. */
static inline uint32_t console_tx_used(const struct console *console)
{
	return output_used(&console->tx);
}

/*
 * Writes a byte of output. The caller has checked that there is room. With `hold`, the byte does
 * not go out before console_flush().
 */
void console_put(struct console *console, uint8_t byte, bool hold);

/*
 * Publishes all output written so far, also a line that is not complete. Returns false if all was
 * published already.
 */
bool console_flush(struct console *console);

/*
 * Asks for a request to the writer, once at most half of CONSOLE_TX_SIZE waits: REQUEST_DEVICES, or
 * REQUEST_CONSOLE for the monitor.
 */
static inline void console_wait_tx(struct console *console)
{
	output_want_room(&console->tx);
}

/* Characters of input that have not been removed. */
static inline uint32_t console_rx_used(const struct console *console)
{
	/*
	 * Acquire pairs with the release in deliver() (input.c): the characters are there. The
	 * caller itself sets rx_tail.
	 */
	return atomic_load_explicit(&console->rx_head, memory_order_acquire) -
	       atomic_load_explicit(&console->rx_tail, memory_order_relaxed);
}

/* The character of input behind the first `ahead` ones; there is one. */
uint16_t console_peek(const struct console *console, uint32_t ahead);

/* Removes the first character of input. console_drain() then lets the UART receive again. */
void console_remove(struct console *console);

#endif
