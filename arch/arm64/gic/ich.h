/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface of this pCPU, as EL2 sees it. Host tests have their own. */
#ifndef PINION_ICH_H
#define PINION_ICH_H

#include <stdint.h>

#include "gic/active_priorities.h"
#include "hw/cpu_insn.h"

uint64_t ich_lr(unsigned n);
void ich_set_lr(unsigned n, uint64_t value);

static inline void ich_set_lr0(uint64_t value)
{
	write_sysreg(ich_lr0_el2, value);
}

/* One bit per list register: it holds nothing, not even an EOI notification. */
static inline uint32_t ich_elrsr(void)
{
	return (uint32_t)read_sysreg(ich_elrsr_el2);
}

/* One bit per list register: its interrupt was deactivated and wants that to be known. */
static inline uint32_t ich_eisr(void)
{
	return (uint32_t)read_sysreg(ich_eisr_el2);
}

static inline uint64_t ich_hcr(void)
{
	return read_sysreg(ich_hcr_el2);
}

static inline void ich_set_hcr(uint64_t value)
{
	write_sysreg(ich_hcr_el2, value);
}

static inline uint64_t ich_vmcr(void)
{
	return read_sysreg(ich_vmcr_el2);
}

static inline void ich_set_vmcr(uint64_t value)
{
	write_sysreg(ich_vmcr_el2, value);
}

static inline uint64_t ich_vtr(void)
{
	return read_sysreg(ich_vtr_el2);
}

/*
 * No interrupt of the guest is active as far as its priority goes. `bits`: implemented preemption
 * bits.
 */
static inline void ich_clear_active_priorities(unsigned bits)
{
	CLEAR_ACTIVE_PRIORITIES(ich_ap0r, _el2, bits);
	CLEAR_ACTIVE_PRIORITIES(ich_ap1r, _el2, bits);
}

/* The guest's system register interface is the one of GICv3. */
static inline void icc_enable_guest(void)
{
	write_sysreg(icc_sre_el1, 1);
}

/* Deactivates a physical interrupt: a private one of this pCPU, or any shared one. */
static inline void icc_deactivate(uint32_t intid)
{
	write_sysreg(icc_dir_el1, intid);
}

/*
 * Where the guest is: the same value twice, with no exit of another kind between, is the same
 * access again.
 */
static inline uint64_t guest_position(void)
{
	uint64_t sp = read_sysreg(sp_el1) ^ read_sysreg(sp_el0) << 1;

	return read_sysreg(elr_el2) ^ sp << 20 ^ sp >> 44;
}

#endif
