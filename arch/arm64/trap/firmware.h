/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a guest that EL2 passes on to the firmware (`firmware_calls` of a description). */
#ifndef PINION_FIRMWARE_H
#define PINION_FIRMWARE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

struct guest_frame;
struct vcpu;

/* True if the guest of `vm` may make the call `function`. */
bool firmware_may(const struct vm_config *vm, uint32_t function);

/*
 * Makes the call in `frame`, which firmware_may() allows, with x0 to x7; `reason` is what the exit
 * was counted as. Stores x1 to x3 of the answer in `frame` and returns x0. The guest keeps its x4
 * to x17, as it may expect (SMCCC 1.1). While another vCPU of the VM is in such a call, it moves
 * the guest back to its HVC or SMC instead, and returns the guest's x0.
 */
int64_t firmware_call(struct vcpu *vcpu, uint32_t reason, struct guest_frame *frame);

#endif
