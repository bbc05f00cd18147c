/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface of this pCPU, as EL2 sees it. Host tests have their own. */
#ifndef PINION_ICH_H
#define PINION_ICH_H

#include <stdint.h>

#include "cpu_insn.h"

#define ICH_LR_CASES(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

static inline uint64_t ich_lr(unsigned n)
{
	switch (n) {
#define X(i)    \
	case i: \
		return read_sysreg(ich_lr##i##_el2);
		ICH_LR_CASES(X)
#undef X
	default:
		__builtin_unreachable();
	}
}

static inline void ich_set_lr(unsigned n, uint64_t value)
{
	switch (n) {
#define X(i)                                            \
	case i:                                         \
		write_sysreg(ich_lr##i##_el2, value);   \
		break;
		ICH_LR_CASES(X)
#undef X
	default:
		__builtin_unreachable();
	}
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

/* No interrupt of the guest is active as far as its priority goes. `bits`: implemented preemption bits. */
static inline void ich_clear_active_priorities(unsigned bits)
{
	write_sysreg(ich_ap0r0_el2, 0);
	write_sysreg(ich_ap1r0_el2, 0);
	if (bits >= 6) {
		write_sysreg(ich_ap0r1_el2, 0);
		write_sysreg(ich_ap1r1_el2, 0);
	}
	if (bits >= 7) {
		write_sysreg(ich_ap0r2_el2, 0);
		write_sysreg(ich_ap0r3_el2, 0);
		write_sysreg(ich_ap1r2_el2, 0);
		write_sysreg(ich_ap1r3_el2, 0);
	}
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

/* Where the guest is: the same value twice, with no exit of another kind between, is the same access again. */
static inline uint64_t guest_position(void)
{
	uint64_t sp = read_sysreg(sp_el1) ^ read_sysreg(sp_el0) << 1;

	return read_sysreg(elr_el2) ^ sp << 20 ^ sp >> 44;
}

#endif
