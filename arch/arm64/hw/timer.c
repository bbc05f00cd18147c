/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's own timer (CNTHP), and the system counter. */
#include "arch.h"
#include "hw/cpu_insn.h"

uint64_t arch_counter(void)
{
	isb(); /* or the CPU might read the counter early */
	return read_sysreg(cntpct_el0);
}

uint64_t arch_counter_frequency(void)
{
	return read_sysreg(cntfrq_el0);
}

void arch_timer_set(uint64_t at)
{
	write_sysreg(cnthp_cval_el2, at);
	write_sysreg(cnthp_ctl_el2, at != TIMER_NEVER);
	isb();
}
