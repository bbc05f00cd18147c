/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for arch/arm64/cpu_insn.h in host tests: included before everything else, under the same guard. */
#ifndef PINION_CPU_INSN_H
#define PINION_CPU_INSN_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

struct vcpu;

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

/* What the counter says; a test moves it. */
extern uint64_t host_counter;

static inline uint64_t cpu_counter(void)
{
	return host_counter;
}

static inline uint64_t cpu_counter_frequency(void)
{
	return 1000;
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
