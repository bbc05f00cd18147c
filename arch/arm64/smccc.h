/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that guests make by HVC or SMC (SMC Calling Convention, Arm DEN0028, version 1.1). */
#ifndef PINION_SMCCC_H
#define PINION_SMCCC_H

#include <stdint.h>

struct guest_frame;

/* An HVC or SMC instruction of the guest; `esr` is its ESR_EL2. */
void hvc_handle(struct guest_frame *frame, uint64_t esr);
void smc_handle(struct guest_frame *frame, uint64_t esr);

#endif
