/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface is the fake one of the pCPU that the test is on. */
#ifndef PINION_ICH_H
#define PINION_ICH_H

#include <stdbool.h>
#include <stdint.h>

uint64_t ich_lr(unsigned n);
void ich_set_lr(unsigned n, uint64_t value);
uint32_t ich_elrsr(void);
uint32_t ich_eisr(void);
uint64_t ich_hcr(void);
void ich_set_hcr(uint64_t value);
uint64_t ich_vmcr(void);
void ich_set_vmcr(uint64_t value);
uint64_t ich_vtr(void);
void ich_clear_active_priorities(unsigned bits);
void icc_enable_guest(void);
uint64_t ich_trap_dir(void);
bool ich_ends_are_named(void);
void icc_deactivate(uint32_t intid);

static inline void ich_set_lr0(uint64_t value)
{
	ich_set_lr(0, value);
}

#endif
