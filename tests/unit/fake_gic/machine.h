/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fake machine under the virtual GIC: one VM, a physical GIC with interrupts of others besides
 * the VM's, and on each pCPU a virtual CPU interface on which a guest acknowledges and ends
 * interrupts (IHI 0069 chapter 5).
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/vcpu.h"
#include "gic/interrupt_mode.h"
#include "ich_regs.h"
#include "vgic/vgic.h"
#include "vm/vm.h"

#define MAX_VCPUS 4
#define BANKS     3
#define INTIDS    (32 * BANKS)

struct physical {
	bool enabled, latch, line, active, edge;
	uint8_t priority;
};

/* The frames that the guest accesses. */
struct frames {
	mmio_read_fn *read_distributor, *read_redistributor;
	mmio_write_fn *write_distributor, *write_redistributor;
};

struct pcpu {
	/* virtual CPU interface */
	lr_t lr[16];
	uint64_t hcr, vmcr;
	uint32_t ap[2]; /* active priorities by group; a GICv2 has one register for both */
	struct physical private[32];
	uint32_t work;
	unsigned taken; /* acknowledged by EL2, which has not come to it yet; 0: none */
	uint64_t position;
	/* physical CPU interface */
	uint64_t mask, control, enable;
	uint64_t routing; /* HCR_EL2 */
};

struct machine {
	unsigned here; /* the pCPU that executes */
	unsigned vcpus;
	unsigned lrs;
	struct pcpu pcpu[MAX_VCPUS];
	struct physical shared[INTIDS];
	uint64_t route[INTIDS];
	unsigned hardware_writes;
	struct frames frames;
	bool unknown;             /* a pCPU has no interface yet: SPIs may go nowhere */
	bool kicks;               /* EL2 may switch its own SGI on and off */
	uint32_t sgis[MAX_VCPUS]; /* the guest's SGIs that were sent to the pCPU */
	unsigned waits;           /* by EL2, for an interrupt */
	unsigned accesses;        /* to hardware by the code under test: list registers, GIC */
};

extern struct machine machine;
extern struct vm_config vm;
extern const uint32_t *machine_hardware, *machine_emulated; /* BANKS words */

/* A fresh machine whose VM was reset and whose vCPU 0 is on. */
void machine_start(unsigned vcpus, unsigned lrs);

/* The same for a VM with direct interrupts, of this mode. */
void machine_start_direct(unsigned vcpus, const struct interrupt_mode *mode, struct frames frames);

struct vcpu *machine_vcpu(unsigned index);

/* What the guest on `cpu` reads as MPIDR_EL1 from now on. */
void machine_set_mpidr(unsigned cpu, uint64_t mpidr);
bool machine_owns(unsigned intid);
bool machine_is_hardware(unsigned intid);
struct physical *machine_physical(unsigned cpu, unsigned intid);

/* EL2 acknowledges a physical interrupt, if there is one; the next machine_exit() of `cpu` goes on
 * with it. The guest executes nothing in between. */
void machine_take(unsigned cpu);

/*
 * Takes whatever makes the pCPU leave its guest: the kick, physical interrupts, maintenance. False:
 * nothing did.
 */
bool machine_exit(unsigned cpu);

/*
 * Accesses to hardware that no exit may exceed here: a few for each interrupt, in each list
 * register and in the GIC.
 */
#define MACHINE_PATIENCE 300

/* Serves what is due on all pCPUs, until nothing is. */
void machine_settle(void);

/* True if an exit of `cpu` is due. */
bool machine_busy(unsigned cpu);

/* Accesses of the guest on `cpu`, executed again as often as asked for. */
uint64_t guest_read(unsigned cpu, bool redistributor, uint64_t offset, unsigned size);
void guest_write(unsigned cpu, bool redistributor, uint64_t offset, unsigned size, uint64_t value);

/*
 * Accesses of the guest on `cpu` to a register of bank `b` with a bit for each INTID, to the
 * priority and the trigger of an interrupt, private ones of `pe`: on a GICv2, that is `cpu`.
 */
uint32_t guest_read_bits(unsigned cpu, unsigned pe, unsigned b, uint32_t reg);
void guest_write_bits(unsigned cpu, unsigned pe, unsigned b, uint32_t reg, uint32_t value);
void guest_set_priority(unsigned cpu, unsigned pe, unsigned intid, uint8_t value);
void guest_turn_trigger(unsigned cpu, unsigned pe, unsigned intid);

/* Routes an SPI to the vCPUs of a mask, of which a GICv3 has room for the lowest; 0: to none. */
void guest_route(unsigned cpu, unsigned intid, uint8_t targets);

/* Sends an SGI to the vCPUs of a mask, or to all others. A GICv2 does not look at the group. */
void guest_sgi(unsigned cpu, unsigned sgi, uint8_t targets, bool others, bool group1);

/* Writes any value to the register that sends SGIs, of a GICv3 to one of three (below 3). */
void guest_send_sgi(unsigned cpu, unsigned which, uint64_t value);

/* Of a GICv2 alone: GICD_CPENDSGIR and GICD_SPENDSGIR from SGI `first` on, GICD_ITARGETSR. */
uint32_t guest_read_senders(unsigned cpu, unsigned first, unsigned size);
void guest_write_senders(unsigned cpu, unsigned first, unsigned size, uint32_t value, bool set);
uint32_t guest_read_targets(unsigned cpu, unsigned intid);

/* ICC_IAR: the INTID, of a GICv2 with the sender of an SGI above it, and its group; or -1. */
int guest_acknowledge(unsigned cpu, unsigned *group);
int guest_highest(unsigned cpu);
void guest_end(unsigned cpu, unsigned iar, unsigned group);
void guest_deactivate(unsigned cpu, unsigned iar);

/* Like guest_end(), for a guest that ends what it never acknowledged; no mistake of such a guest
 * ends the test. */
void guest_end_wildly(unsigned cpu, unsigned iar, unsigned group);

/* ICC_AP0R0 and ICC_AP1R0, ICC_BPR0 and ICC_BPR1 */
void guest_set_active_priorities(unsigned cpu, unsigned group, uint32_t value);
void guest_set_binary_point(unsigned cpu, unsigned group, unsigned value);

/* The vCPU's CPU_ON or CPU_OFF. */
void guest_power(unsigned cpu, bool on);
bool guest_is_on(unsigned cpu);

/* CPU_SUSPEND would wait. */
bool guest_is_quiet(unsigned cpu);

/* The line of a device moves: an emulated one's, seen from `cpu`, or one of hardware. */
void machine_move_line(unsigned cpu, unsigned intid, bool level);

/* ICC_PMR, ICC_IGRPENn, ICC_CTLR.EOImode */
void guest_interface(unsigned cpu, unsigned pmr, unsigned groups, bool split);

/* The frames of the virtual GIC. */
extern const struct frames machine_frames;

/* True if a list register of `cpu` has an interrupt active; how many active ones had to leave
 * theirs. */
bool machine_is_listed(unsigned cpu, unsigned intid);
uint32_t machine_evicted(unsigned cpu);

/* At most one list register holds an interrupt, hardware behind it is active, and so on. */
void machine_check(void);

#endif
