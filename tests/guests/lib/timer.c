// SPDX-License-Identifier: Apache-2.0
/* The generic timers of a CPU. */
#include "timer.h"

#include "fdt.h"
#include "sysreg.h"

#define DEFINE_TIMER(prefix, count)                                                                \
	static void prefix##_set(uint64_t at, bool interrupt)                                      \
	{                                                                                          \
		write_sysreg(prefix##_cval_el0, at);                                               \
		write_sysreg(prefix##_ctl_el0, TIMER_ENABLE | (interrupt ? 0 : TIMER_IMASK));      \
		isb();                                                                             \
	}                                                                                          \
	static void prefix##_stop(void)                                                            \
	{                                                                                          \
		write_sysreg(prefix##_ctl_el0, 0);                                                 \
		isb();                                                                             \
	}                                                                                          \
	static uint32_t prefix##_control(void)                                                     \
	{                                                                                          \
		return (uint32_t)read_sysreg(prefix##_ctl_el0);                                    \
	}                                                                                          \
	static uint64_t prefix##_counter(void)                                                     \
	{                                                                                          \
		isb();                                                                             \
		return read_sysreg(count);                                                         \
	}

DEFINE_TIMER(cntv, cntvct_el0)
DEFINE_TIMER(cntp, cntpct_el0)

struct timer timers[TIMERS] = {
	[VIRTUAL_TIMER] = {"virtual", 27, cntv_set, cntv_stop, cntv_control, cntv_counter},
	[PHYSICAL_TIMER] = {"physical", 30, cntp_set, cntp_stop, cntp_control, cntp_counter},
};

/* Interrupts of arm,armv8-timer: secure physical, physical, virtual, hypervisor. */
void timer_init(void)
{
	struct fdt_node node = fdt_compatible("arm,armv8-timer");

	if (node.found) {
		timers[PHYSICAL_TIMER].intid = fdt_intid(node, 1);
		timers[VIRTUAL_TIMER].intid = fdt_intid(node, 2);
	}
}
