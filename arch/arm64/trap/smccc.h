/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that guests make by HVC or SMC (SMC Calling Convention, Arm DEN0028, version 1.1). */
#ifndef PINION_SMCCC_H
#define PINION_SMCCC_H

#include <stdint.h>

struct guest_frame;
struct vcpu;

/* An HVC or SMC instruction of the guest; `esr` is its ESR_EL2. From vectors.S, which hands the result to the guest in
 * x0. */
int64_t hvc_handle(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame);
int64_t smc_handle(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame);

#endif
