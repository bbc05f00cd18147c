/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives the physical UART to one user for a while: the VM that owns it, the boot CPU, or a panic.
 */
#ifndef PINION_OWNER_H
#define PINION_OWNER_H

#include <stdbool.h>

#include "config.h"

/*
 * If `vm` owns the UART: console_lend() waits until all text is out and leaves the UART to the VM,
 * at the start of a life. console_regain() takes it back at the end of that life and sets it up
 * again. In between EL2 sends nothing. For other VMs they do nothing. On a pCPU of `vm`, while no
 * vCPU of it is in its guest.
 */
void console_lend(const struct vm_config *vm);
void console_regain(const struct vm_config *vm);

/*
 * For boot: console_claim() takes the UART's lock, console_send() sends a character past all rings,
 * and console_release() releases the lock. While console_send() waits for room, other pCPUs can get
 * the lock.
 */
void console_claim(void);
void console_send(char c);

/*
 * For arch_panic(), which writes past all rings: takes the UART's lock until console_release().
 * Returns false if it cannot get the lock in time, perhaps because the pCPU that broke down holds
 * it.
 */
bool console_claim_for_panic(void);
void console_release(void);

#endif
