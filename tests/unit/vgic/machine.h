/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fake machine under the virtual GIC: one VM, a physical GIC with interrupts of others besides the VM's, and on each
 * pCPU a virtual CPU interface on which a guest acknowledges and ends interrupts (IHI 0069 chapter 5).
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "vcpu.h"
#include "vgic.h"
#include "vm.h"

#define MAX_VCPUS 4
#define BANKS     3
#define INTIDS    (32 * BANKS)

struct physical {
	bool enabled, latch, line, active, edge;
};

struct pcpu {
	/* virtual CPU interface */
	uint64_t lr[16];
	uint64_t hcr, vmcr;
	uint32_t ap[2]; /* active priorities by group */
	struct physical private[32];
	uint32_t work;
	uint64_t position;
};

struct machine {
	unsigned here; /* the pCPU that executes */
	unsigned vcpus;
	unsigned lrs;
	struct pcpu pcpu[MAX_VCPUS];
	struct physical shared[INTIDS];
	uint64_t route[INTIDS];
	unsigned hardware_writes;
};

extern struct machine machine;
extern struct vm_config vm;
extern const uint32_t machine_hardware[BANKS], machine_software[BANKS];

/* A fresh machine whose VM was reset and whose vCPU 0 is on. */
void machine_start(unsigned vcpus, unsigned lrs);

struct vcpu *machine_vcpu(unsigned index);

/* What the guest on `cpu` reads as MPIDR_EL1 from now on. */
void machine_set_mpidr(unsigned cpu, uint64_t mpidr);
bool machine_owns(unsigned intid);
bool machine_is_hardware(unsigned intid);
struct physical *machine_physical(unsigned cpu, unsigned intid);

/* Takes whatever makes the pCPU leave its guest: the kick, physical interrupts, maintenance. False: nothing did. */
bool machine_exit(unsigned cpu);

/* Until nothing is under way any more. */
void machine_settle(void);

/* True if an exit of `cpu` is due. */
bool machine_busy(unsigned cpu);

/* Accesses of the guest on `cpu`, executed again as often as asked for. */
uint64_t guest_read(unsigned cpu, bool redistributor, uint64_t offset, unsigned size);
void guest_write(unsigned cpu, bool redistributor, uint64_t offset, unsigned size, uint64_t value);

/* ICC_IAR: the INTID and its group, or -1. */
int guest_acknowledge(unsigned cpu, unsigned *group);
int guest_highest(unsigned cpu);
void guest_end(unsigned cpu, unsigned intid, unsigned group);
void guest_deactivate(unsigned cpu, unsigned intid);

/* ICC_PMR, ICC_IGRPENn, ICC_CTLR.EOImode */
void guest_interface(unsigned cpu, unsigned pmr, unsigned groups, bool split);

/* At most one list register holds an interrupt, hardware behind it is active, and so on. */
void machine_check(void);

#endif
