/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands for arch/arm64/hw/cpu_insn.h in host tests: included before everything else, under the
 * same guard.
 */
#ifndef PINION_CPU_INSN_H
#define PINION_CPU_INSN_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

struct vcpu;

/* System registers, by name. */
struct host_sysregs {
	uint64_t elr_el2, spsr_el2, esr_el2, far_el2, hpfar_el2;
	uint64_t elr_el1, spsr_el1, esr_el1, far_el1, vbar_el1, sctlr_el1;
	uint64_t id_aa64mmfr0_el1, id_aa64mmfr1_el1, id_aa64pfr0_el1, id_aa64pfr1_el1;
	uint64_t icc_iar0_el1, icc_iar1_el1, icc_eoir1_el1, icc_dir_el1;
};

extern _Thread_local struct host_sysregs host_sysregs;

#define read_sysreg(name)         (host_sysregs.name)
#define write_sysreg(name, value) ((void)(host_sysregs.name = (value)))

/* What this_vcpu() answers on this thread. */
extern _Thread_local struct vcpu *host_vcpu;

static inline struct vcpu *this_vcpu(void)
{
	return host_vcpu;
}

static inline void cpu_relax(void)
{
	sched_yield();
}

static inline void cpu_wait_event(void)
{
	sched_yield();
}

static inline void cpu_send_event(void)
{
}

static inline void cpu_wait_interrupt(void)
{
	sched_yield();
}

static inline void instructions_forget(void)
{
}

static inline void isb(void)
{
}

static inline void dsb_sy(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

static inline void dsb_ishst(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

#endif
