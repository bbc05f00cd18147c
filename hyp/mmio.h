/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the emulated device that answers at an address. */
#ifndef PINION_MMIO_H
#define PINION_MMIO_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

struct vcpu;

/*
 * An access of `size` bytes (1, 2, 4 or 8) by `vcpu`'s guest at `ipa`: a write of *value, or a read into it,
 * zero-extended. MMIO_FAULT: nothing is there, the access is not aligned or does not lie within one region, or the device
 * refuses it.
 */
enum mmio_result mmio_access(struct vcpu *vcpu, uint64_t ipa, unsigned size, bool write, uint64_t *value);

/* True if a device of the VM answers at `ipa`. */
bool mmio_is_emulated(const struct vcpu *vcpu, uint64_t ipa);

#endif
