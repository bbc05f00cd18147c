/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pCPU that the test is on at the moment. Included ahead of everything, in place of the
 * target's header.
 */
#ifndef PINION_CPU_INSN_H
#define PINION_CPU_INSN_H

#include <stdint.h>
#include <stdlib.h>

struct vcpu;

struct vcpu *this_vcpu(void);
uint64_t guest_position(void);

/* Registers of the physical CPU interface; by their names. */
uint64_t machine_sysreg(const char *name);
void machine_set_sysreg(const char *name, uint64_t value);

#define read_sysreg(name)         machine_sysreg(#name)
#define write_sysreg(name, value) machine_set_sysreg(#name, value)

static inline void isb(void)
{
}

static inline void dsb_sy(void)
{
}

static inline void dsb_ishst(void)
{
}

void machine_wait(void);

/* Whatever ends it. */
static inline void cpu_wait_interrupt(void)
{
	machine_wait();
}

static inline void cpu_relax(void)
{
}

/* The tests are one thread: whoever waits has dead-locked. */
static inline void cpu_wait_event(void)
{
	abort();
}

static inline void cpu_send_event(void)
{
}

#endif
