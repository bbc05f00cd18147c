/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical UART, which the hypervisor owns, and the VMs' share in it. A VM writes into its own ring, and any pCPU
 * that finds the UART free moves bytes on; what the hardware has no room for goes out by its transmit interrupt. Input
 * goes to the VM that is selected.
 */
#ifndef PINION_CONSOLE_H
#define PINION_CONSOLE_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* Powers of two, so that the indices may count on through 2^32. */
#define CONSOLE_TX_SIZE 1024u
#define CONSOLE_RX_SIZE 256u

/*
 * One VM's rings; all zero is empty. The device model of the VM is one side, under its own lock, and nothing waits for
 * the other. TX: published <= head; tail follows published. Whole lines are published where several VMs share the UART.
 */
struct console {
	uint32_t tx_head;              /* next to write: device model alone */
	_Atomic uint32_t tx_published; /* written by the device model: bytes before it may go out */
	_Atomic uint32_t tx_tail;      /* written by the holder of the UART's lock */
	_Atomic bool tx_waits;         /* the device model wants WORK_CONSOLE as soon as the ring is half sent */
	_Atomic uint32_t rx_head;      /* written by the pCPU that takes the UART's interrupt */
	_Atomic uint32_t rx_tail;      /* written by the device model */
	uint8_t tx[CONSOLE_TX_SIZE];
	uint16_t rx[CONSOLE_RX_SIZE]; /* what the driver's get() returned */
};

/* The device model's side; the caller holds the lock of its device. */

/* Bytes that have not left the ring. */
static inline uint32_t console_tx_used(const struct console *console)
{
	/* Acquire, with the release in send_line(): what was there has been read before it is overwritten. */
	return console->tx_head - atomic_load_explicit(&console->tx_tail, memory_order_acquire);
}

/* Writes a byte; the caller has seen that there is room. `hold`: it must not go out before console_flush(). */
void console_put(struct console *console, uint8_t byte, bool hold);

/* Lets everything written so far out, also a line that is not complete. False: it was already. */
bool console_flush(struct console *console);

/* Asks for WORK_CONSOLE once the ring is half sent. To be followed by console_drain(). */
void console_wait_tx(struct console *console);

/* Characters that have arrived. */
static inline uint32_t console_rx_used(const struct console *console)
{
	/* Acquire, with the release in receive(): the characters are there. rx_tail is the caller's own. */
	return atomic_load_explicit(&console->rx_head, memory_order_acquire) -
	       atomic_load_explicit(&console->rx_tail, memory_order_relaxed);
}

/* The character that `ahead` others are in front of. */
uint16_t console_peek(const struct console *console, uint32_t ahead);

/* Removes the first character. To be followed by console_drain(), which lets the hardware receive again. */
void console_remove(struct console *console);

/*
 * Moves to the hardware what has room there, unless another pCPU is at it, which then does it all. Called without any
 * lock of the VM's devices, after console_put() and the others above.
 */
void console_drain(void);

/* Sets the hardware up. Once, by the boot CPU, with its MMU on; the interrupt controller still masks the interrupt. */
void console_init(void);

/* Takes the interrupt of the UART. On the pCPU that it is routed to. */
void console_uart_interrupt(void);

/* WORK_CONSOLE: the rings of `vm` have moved, which its devices now look at. On a pCPU of that VM, no lock held. */
void console_work(const struct vm_config *vm);

/* Messages of the hypervisor itself. These wait for the hardware: for boot, reports of faults and tests only. */
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);
__attribute__((format(printf, 1, 0))) void print_va(const char *format, va_list arguments);

/* The same without a lock: before there is memory to lock in, and in panic(). */
__attribute__((format(printf, 1, 2))) void print_raw(const char *format, ...);
__attribute__((format(printf, 1, 0))) void print_raw_va(const char *format, va_list arguments);

/* What several print() print between these two is not mixed with another such report. Not nested; only for a VM that
 * has come to its end, as one waits for the other's UART. */
void report_begin(void);
void report_end(void);

#endif
