/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 aborts: accesses to emulated devices, and to addresses that nothing answers. `esr` is ESR_EL2. */
#ifndef PINION_ABORT_H
#define PINION_ABORT_H

#include <stdint.h>

#include "config.h"
#include "hw/cpu_insn.h"

struct guest_frame;
struct vcpu;

/* The page of the fault is in HPFAR_EL2, the offset in FAR_EL2, which is a virtual address. */
static inline uint64_t abort_ipa(void)
{
	return (read_sysreg(hpfar_el2) & ~0xfull) << 8 | (read_sysreg(far_el2) & 0xfff);
}

/* From vectors.S: ISV is clear, so nobody knows what the instruction was; `frame` is complete. */
void data_abort_without_syndrome(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);

/*
 * From vectors.S: ISV is set, and `frame` has the register that the syndrome names. Unless the result is MMIO_DONE, the
 * guest has been moved on too early, and data_abort_undo() is to follow.
 */
enum mmio_result data_abort(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);
void data_abort_undo(enum mmio_result result);

/* `frame` is complete. */
void instruction_abort(struct vcpu *vcpu, const struct guest_frame *frame, uint64_t esr);

#endif
