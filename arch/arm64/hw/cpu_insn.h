/* SPDX-License-Identifier: Apache-2.0 */
/* Single instructions as functions. Host tests replace this header, and so run all code that
 * reaches the CPU only through it. */
#ifndef PINION_CPU_INSN_H
#define PINION_CPU_INSN_H

#include <stdint.h>

struct vcpu;

#define read_sysreg(name)                                                                          \
	({                                                                                         \
		uint64_t read_;                                                                    \
		__asm__ volatile("mrs %0, " #name : "=r"(read_));                                  \
		read_;                                                                             \
	})

#define write_sysreg(name, value)                                                                  \
	do {                                                                                       \
		uint64_t write_ = (value);                                                         \
		__asm__ volatile("msr " #name ", %x0" : : "rZ"(write_));                           \
	} while (0)

/* The vCPU of this pCPU; NULL until cpu_main() has set it. */
static inline struct vcpu *this_vcpu(void)
{
	struct vcpu *vcpu;

	/* Not volatile: it does not change while C uses it, so one MRS may be enough. */
	__asm__("mrs %0, tpidr_el2" : "=r"(vcpu));
	return vcpu;
}

/* The body of a loop that waits for another pCPU. */
static inline void cpu_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

static inline void cpu_wait_event(void)
{
	__asm__ volatile("wfe" : : : "memory");
}

/* Wakes up all pCPUs that wait for an event. They see what was stored before. */
static inline void cpu_send_event(void)
{
	__asm__ volatile("dsb ishst\n\tsev" : : : "memory");
}

static inline void cpu_wait_interrupt(void)
{
	__asm__ volatile("dsb sy\n\twfi" : : : "memory");
}

/* Stops this pCPU for good. */
_Noreturn static inline void cpu_stop(void)
{
	for (;;)
		cpu_wait_interrupt();
}

static inline void isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

static inline void dsb_sy(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

/* No CPU executes an instruction that it fetched before. */
static inline void instructions_forget(void)
{
	__asm__ volatile("ic ialluis\n\tdsb ish\n\tisb" : : : "memory");
}

static inline void dsb_ishst(void)
{
	__asm__ volatile("dsb ishst" : : : "memory");
}

/* Where the guest is: a hash of ELR_EL2 and both stack pointers. If two exits of a vCPU have the
 * same value, and no exit of another kind lies between, the guest has repeated the same access. */
static inline uint64_t guest_position(void)
{
	uint64_t sp = read_sysreg(sp_el1) ^ read_sysreg(sp_el0) << 1;

	return read_sysreg(elr_el2) ^ sp << 20 ^ sp >> 44;
}

#endif
