/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 aborts: accesses to emulated devices, and to addresses that nothing answers. `esr` is ESR_EL2. */
#ifndef PINION_ABORT_H
#define PINION_ABORT_H

#include <stdint.h>

#include "cpu_insn.h"

struct guest_frame;
struct vcpu;

/* The page of the fault is in HPFAR_EL2, the offset in FAR_EL2, which is a virtual address. */
static inline uint64_t abort_ipa(void)
{
	return (read_sysreg(hpfar_el2) & ~0xfull) << 8 | (read_sysreg(far_el2) & 0xfff);
}

/* From vectors.S. `frame` is complete if the syndrome gives no register. */
void data_abort(struct guest_frame *frame, uint64_t esr);

/* `frame` is complete. */
void instruction_abort(struct vcpu *vcpu, const struct guest_frame *frame, uint64_t esr);

#endif
