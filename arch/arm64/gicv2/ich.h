/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interface of this pCPU, as EL2 sees it, and what the vGIC does with the physical
 * one. A GICv2 has it in memory: GICH. Its accesses keep their order among themselves. */
#ifndef PINION_ICH_H
#define PINION_ICH_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "gicv2/gicv2_regs.h"
#include "hw/mmio_raw.h"

static inline uint32_t gich_read(uint32_t reg)
{
	return raw_read32(system_config.arch.gich + reg);
}

static inline void gich_write(uint32_t reg, uint32_t value)
{
	raw_write32(system_config.arch.gich + reg, value);
}

/* GICH_LR<n>, `n` < ICH_VTR_LIST_REGISTERS(). ich_elrsr() and ich_eisr() know of a write. */
static inline uint32_t ich_lr(unsigned n)
{
	return gich_read(GICH_LR + 4 * n);
}

static inline void ich_set_lr(unsigned n, uint32_t value)
{
	gich_write(GICH_LR + 4 * n, value);
}

static inline void ich_set_lr0(uint32_t value)
{
	gich_write(GICH_LR, value);
}

/* A bit for each list register: 1 if it is inactive, and no EOI notification of it waits. */
static inline uint32_t ich_elrsr(void)
{
	return gich_read(GICH_ELRSR);
}

/* A bit for each list register: 1 if its interrupt was deactivated and LR_EOI asks to be told. */
static inline uint32_t ich_eisr(void)
{
	return gich_read(GICH_EISR);
}

static inline uint64_t ich_hcr(void)
{
	return gich_read(GICH_HCR);
}

static inline void ich_set_hcr(uint64_t value)
{
	gich_write(GICH_HCR, (uint32_t)value);
}

static inline uint64_t ich_vmcr(void)
{
	return gich_read(GICH_VMCR);
}

static inline void ich_set_vmcr(uint64_t value)
{
	gich_write(GICH_VMCR, (uint32_t)value);
}

static inline uint64_t ich_vtr(void)
{
	return gich_read(GICH_VTR);
}

/* The bit of GICH_HCR that makes the guest's writes of GICV_DIR trap: there is none. */
static inline uint64_t ich_trap_dir(void)
{
	return 0;
}

/*
 * True if the guest ends interrupts by something that traps and so says what it ends. Nothing does:
 * EOICount is all that EL2 hears of the end of an interrupt that has no list register, under both
 * values of EOImode. With EOImode = 1 the guest may end those in any order. If several were moved
 * out of their list registers, EL2 takes the most urgent one for the one that ended.
 */
static inline bool ich_ends_are_named(void)
{
	return false;
}

/* Makes no priority active at the virtual CPU interface. There is one register for all `bits`. */
static inline void ich_clear_active_priorities(unsigned bits)
{
	(void)bits;
	gich_write(GICH_APR, 0);
}

/* Lets the guest use its CPU interface: stage 2 maps it. */
static inline void icc_enable_guest(void)
{
}

/* Deactivates physical interrupt `intid`, which is no SGI: a private one of this pCPU, or any
 * SPI. */
static inline void icc_deactivate(uint32_t intid)
{
	raw_write32(system_config.arch.gicc + GICC_DIR, intid);
}

#endif
