/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 (IHI 0069): registers, and the handlers that log what arrives. */
#ifndef GUEST_GIC_H
#define GUEST_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu.h"

/* Distributor. */
#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IIDR       0x0008
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ISPENDR    0x0200
#define GICD_ICPENDR    0x0280
#define GICD_ISACTIVER  0x0300
#define GICD_ICACTIVER  0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ITARGETSR  0x0800
#define GICD_ICFGR      0x0c00
#define GICD_IGRPMODR   0x0d00
#define GICD_NSACR      0x0e00
#define GICD_SGIR       0x0f00
#define GICD_IROUTER    0x6000
#define GICD_PIDR2      0xffe8

#define GICD_CTLR_GROUP0 (1u << 0)
#define GICD_CTLR_GROUP1 (1u << 1)
#define GICD_CTLR_ARE    (1u << 4)
#define GICD_CTLR_DS     (1u << 6)
#define GICD_CTLR_RWP    (1u << 31)

/*
 * Redistributor: RD_base, and SGI_base 64 KiB above, whose registers for INTIDs 0 to 31 have the
 * distributor's offsets.
 */
#define GICR_CTLR  0x0000
#define GICR_IIDR  0x0004
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_PIDR2 0xffe8
#define GICR_SGI   0x10000
#define GICR_FRAME 0x20000

#define GICR_WAKER_SLEEP  (1u << 1)
#define GICR_WAKER_ASLEEP (1u << 2)
#define GICR_TYPER_LAST   (1u << 4)

#define SPURIOUS 1023

extern uint64_t gicd_base, gicr_base;

/* What the first CPU found before it wrote anything. */
struct gic_reset {
	uint32_t ctlr, waker;
	uint32_t enabled, pending, active; /* SGIs and PPIs */
	uint64_t pmr, igrpen0, igrpen1, icc_ctlr, rpr, hppir1;
};

extern struct gic_reset gic_reset;

/*
 * Finds the GIC in the device tree and each CPU's redistributor by its affinity; enables both
 * groups.
 */
void gic_init(void);

/*
 * Of the calling CPU: redistributor awake, SGIs and PPIs in Group 1, disabled, priority 0xa0;
 * nothing masked by priority, both groups on, EOImode 0.
 */
void gic_init_cpu(struct cpu *cpu);

/*
 * Address of a register that has one bit, or one byte, per INTID: SGIs and PPIs in the
 * redistributor of `cpu`.
 */
uint64_t gic_bits(const struct cpu *cpu, uint32_t offset, uint32_t intid);
uint64_t gic_priority(const struct cpu *cpu, uint32_t intid);

/* Writes the INTID's bit of a set or clear register. */
void gic_write(const struct cpu *cpu, uint32_t offset, uint32_t intid);
bool gic_read(const struct cpu *cpu, uint32_t offset, uint32_t intid);
void gic_set_group(const struct cpu *cpu, uint32_t intid, uint32_t group);
void gic_set_priority(const struct cpu *cpu, uint32_t intid, uint8_t priority);
void gic_set_edge(const struct cpu *cpu, uint32_t intid, bool edge);
void gic_route(uint32_t intid, uint64_t mpidr);
void gic_wait_rwp(const struct cpu *cpu);

/*
 * Enabled, Group 1, priority 0xa0, not pending, not active, edge if it can be; an SPI goes to
 * `cpu`.
 */
void gic_prepare(const struct cpu *cpu, uint32_t intid);

/* SGIs that the guest has, from 0 on. */
uint32_t gic_sgis(void);

/* The priorities that a guest can tell apart, also by their group priority, and can unmask: how
 * many there are, and the one of rank `n`, where 0 is the most urgent. */
uint32_t gic_ranks(void);
uint8_t gic_rank(uint32_t n);

/* ICC_PMR_EL1 and ICC_RPR_EL1 in terms of IPRIORITYR. */
void gic_set_mask(uint8_t priority);
uint8_t gic_running_priority(void);

/* Group 1 SGIs: the value of ICC_SGI1R_EL1 for one CPU; send one to a CPU, or by any value. */
uint64_t gic_sgi_value(uint64_t mpidr, uint32_t intid);
void gic_sgi(const struct cpu *target, uint32_t intid);
void gic_sgi_raw(uint64_t value);

void gic_irq(struct cpu *cpu);
void gic_fiq(struct cpu *cpu);

/*
 * Lets interrupts in until `count` are in the log, or `ms` are over; false in that case. Masked
 * again afterwards.
 */
bool gic_take(struct cpu *cpu, uint32_t count, uint32_t ms);

/* Empties the log. */
void gic_forget(struct cpu *cpu);

#endif
