/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal at the UART: whose line it shows. Consoles, the monitor and reports have a line each
 * in turn; where there are several VMs, each line of a console begins with the VM's name. All of it
 * under the UART's lock (uart_lock.h).
 */
#ifndef PINION_TERMINAL_H
#define PINION_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/*
 * Who may have a turn to send a line: each console by its number, the monitor's too, and after them
 * the reports.
 */
#define TURNS (system_config.vm_count + 2)

/* One pass sends not much more characters. */
#define PASS_LIMIT 128u

/*
 * Moves on what can be moved, a line of each in turn; `marked`: VMs, by bits, whose rings have
 * moved since the last pass. True: there is more. `room` is false if that waits for room in the
 * UART.
 */
bool terminal_pass(uint64_t marked, bool *room);

/* Sends a character past all lines. False: the UART has no room. */
bool terminal_send(char c);

/* Characters that were sent, in all. */
uint32_t terminal_sent(void);

/* Whatever is sent next begins a line of its own. */
void terminal_break(void);

/* Says whether something is taken to follow the last newline. */
void terminal_is_open(bool open);

/* The pCPU that is asked to see to the writer of a turn: a VM's by its number, the monitor's. */
const struct vcpu_config *terminal_writer(uint32_t turn);

#endif
