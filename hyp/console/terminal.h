/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shares the terminal at the UART: each VM's console, the monitor and the reports send a line each
 * in turn. If there are several VMs, each line of a VM's console begins with the VM's name. The
 * caller holds the UART's lock (uart_lock.h), but for terminal_writer() and terminal_sent().
 */
#ifndef PINION_TERMINAL_H
#define PINION_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/*
 * The number of turns: one for each console by its number, the monitor's too, and one for the
 * reports.
 */
#define TURNS (system_config.vm_count + 2)

/* Characters: a pass that has sent as many begins no further line. */
#define PASS_LIMIT 128u

/*
 * Makes a pass: sends lines from the rings to the UART, one of each turn. `marked` has a bit for
 * each VM whose rings have moved since the last pass. Returns true if there is more to send. Sets
 * `*room` to false if the UART has no room for it.
 */
bool terminal_pass(uint64_t marked, bool *room);

/* Sends a character past all rings. Returns false if the UART has no room. */
bool terminal_send(char c);

/* The number of characters that were sent so far, modulo 2^32. */
uint32_t terminal_sent(void);

/* Makes whatever is sent next begin a line of its own. */
void terminal_break(void);

/* Says whether the terminal shows something behind the last newline. */
void terminal_is_open(bool open);

/*
 * The vCPU that gets the requests for the writer of a turn: vCPU 0 of a VM, or for the monitor the
 * one whose pCPU takes the UART's interrupt.
 */
const struct vcpu_config *terminal_writer(uint32_t turn);

#endif
