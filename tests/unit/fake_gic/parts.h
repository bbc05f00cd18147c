/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the fake machine have of each other. Those of a version are in gicv2/ and
 * gicv3/: version.h and version.c. */
#ifndef PARTS_H
#define PARTS_H

#include "ich_regs.h"
#include "machine.h"

#define GICD 0x08000000ull

/* ---------------------------------------------------------------- machine.c */

/* The pCPU on which the code under test executes. */
struct pcpu *here(void);

bool lr_invalid(lr_t lr);
bool lr_notifies(lr_t lr);

/* ICH_ELRSR_EL2 and ICH_EISR_EL2 */
uint32_t machine_elrsr(void);
uint32_t machine_eisr(void);

/* The write of list register `n` by the code under test, and its read. */
void machine_set_lr(unsigned n, lr_t value);
lr_t machine_lr(unsigned n);

/* Deactivates a physical interrupt, by DIR. */
void machine_deactivate(uint32_t intid);

/* An access of the guest on `cpu` that EL2 serves begins and ends. */
void enter(unsigned cpu);
void leave(void);

/* The list register of `cpu` that has `intid` active, or -1; its end; an end without one. */
int machine_find_active(unsigned cpu, unsigned intid);
void machine_end_listed(unsigned cpu, unsigned n);
void machine_count_end(unsigned cpu);

/* ---------------------------------------------------------------- registers.c */

/*
 * The register at `offset` of a frame with one word for each 32 INTIDs, or two for GIC_ICFGR:
 * private ones are those of `cpu`. Everything beyond what a guest may cause ends the test.
 */
uint32_t machine_read_bits(unsigned cpu, uint32_t offset);
void machine_write_bits(unsigned cpu, uint32_t offset, uint32_t value);

/* ---------------------------------------------------------------- version.c */

/* What the tables say of a pCPU. */
void version_configure(unsigned cpu, struct arch_vcpu_config *config);

/* What machine.route has of an SPI that goes to the pCPU of a vCPU. */
uint64_t version_route(unsigned cpu);

#endif
