/* SPDX-License-Identifier: Apache-2.0 */
/* Who has the physical UART for a while: a VM that owns it, the boot CPU, or a panic. */
#ifndef PINION_OWNER_H
#define PINION_OWNER_H

#include <stdbool.h>

#include "config.h"

/*
 * The UART goes to the VM that owns it, at the start of its life, once all that was written is out;
 * and comes back, reset, when that life has ended. In between nothing is sent. Other VMs: nothing
 * happens. On a pCPU of `vm`, none of whose vCPUs is in its guest.
 */
void console_lend(const struct vm_config *vm);
void console_regain(const struct vm_config *vm);

/*
 * Sends characters past all rings, between console_claim() and console_release(). Others get the
 * UART while it has no room. At boot.
 */
void console_claim(void);
void console_send(char c);

/*
 * Keeps all others from the UART until console_release(): for panic(), which has no time for rings.
 * False: the UART is not let go of, perhaps by who is broken.
 */
bool console_claim_for_panic(void);
void console_release(void);

#endif
