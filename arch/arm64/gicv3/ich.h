/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface of this pCPU, as EL2 sees it, and what the vGIC does with the physical
 * one. Host tests replace this header. */
#ifndef PINION_ICH_H
#define PINION_ICH_H

#include <stdbool.h>
#include <stdint.h>

#include "gic/gic_regs.h"
#include "gicv3/active_priorities.h"
#include "gicv3/gicv3_regs.h"
#include "hw/cpu_insn.h"

/* ICH_LR<n>_EL2, `n` < ICH_VTR_LIST_REGISTERS(). ich_elrsr() and ich_eisr() know of a write. */
uint64_t ich_lr(unsigned n);
void ich_set_lr(unsigned n, uint64_t value);

/* ich_set_lr(0, value) without its isb(): ich_elrsr() may not know of it before the next isb(). */
static inline void ich_set_lr0(uint64_t value)
{
	write_sysreg(ich_lr0_el2, value);
}

/* A bit for each list register: 1 if it is inactive, and no EOI notification of it waits. */
static inline uint32_t ich_elrsr(void)
{
	return (uint32_t)read_sysreg(ich_elrsr_el2);
}

/* A bit for each list register: 1 if its interrupt was deactivated and LR_EOI asks to be told. */
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

/* The bit of ICH_HCR_EL2 that makes the guest's writes of ICC_DIR_EL1 trap, if the CPU has it. */
static inline uint64_t ich_trap_dir(void)
{
	return ich_vtr() & ICH_VTR_TDS ? ICH_HCR_TDIR : 0;
}

/* True if the guest ends interrupts by ICC_DIR_EL1, which traps and so says what it ends. False if
 * EOIcount is all that EL2 hears of the end of an interrupt that has no list register. */
static inline bool ich_ends_are_named(void)
{
	return ich_vmcr() & ICH_VMCR_VEOIM;
}

/* Makes no priority active at the virtual CPU interface. `bits`: implemented preemption bits. */
static inline void ich_clear_active_priorities(unsigned bits)
{
	CLEAR_ACTIVE_PRIORITIES(ich_ap0r, _el2, bits);
	CLEAR_ACTIVE_PRIORITIES(ich_ap1r, _el2, bits);
}

/* Lets the guest use the GICv3 system registers. */
static inline void icc_enable_guest(void)
{
	write_sysreg(icc_sre_el1, 1);
}

/* Deactivates physical interrupt `intid`: a private one of this pCPU, or any SPI. */
static inline void icc_deactivate(uint32_t intid)
{
	write_sysreg(icc_dir_el1, intid);
}

#endif
