/* SPDX-License-Identifier: Apache-2.0 */
/* The pCPU that the test is on at the moment. Included ahead of everything, in place of the target's header. */
#ifndef PINION_CPU_INSN_H
#define PINION_CPU_INSN_H

#include <stdint.h>
#include <stdlib.h>

struct vcpu;

struct vcpu *this_vcpu(void);

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
