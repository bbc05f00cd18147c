/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUs of the guest, the exceptions that they take, and starting one from another. */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "sysreg.h"

#define MAX_CPUS 8
#define LOG_SIZE 64

/* Registers as they were at the first instruction. */
struct reset_state {
	uint64_t x[4];
	uint64_t currentel, daif;
	uint64_t spsel, sctlr;
	uint64_t cpacr, mdscr;
	uint64_t cntv_ctl, cntp_ctl;
	uint64_t cntkctl, pmcr;
};

/* Saved by the vectors. */
struct frame {
	uint64_t x[31];
	uint64_t elr, spsr, esr, far;
};

/* An exception that expect_begin() and expect_end() caught. */
struct fault {
	bool taken;
	uint64_t esr, far, elr;
};

struct cpu;
typedef void cpu_function(struct cpu *cpu);
typedef void irq_function(struct cpu *cpu, uint32_t intid);
typedef bool exception_function(struct cpu *cpu, uint64_t kind, struct frame *frame);

struct cpu {
	uint64_t stack;
	struct reset_state reset;
	uint32_t index;
	uint64_t mpidr; /* affinity fields, from the device tree */
	uint64_t gicr;
	_Atomic uint32_t runs; /* times that the CPU was started and arrived in C */
	uint32_t runs_wanted;  /* what that is once the last cpu_start() has had its effect */
	cpu_function *function;
	uint64_t argument;

	volatile bool expecting;
	volatile struct fault fault;

	/*
	 * Interrupts. gic_irq() acknowledges, logs, calls on_irq, and ends the interrupt unless
	 * keep_active.
	 */
	irq_function *volatile on_irq;
	volatile bool keep_active;
	_Atomic uint32_t log_count;
	volatile uint32_t log[LOG_SIZE]; /* INTIDs in the order of their arrival; wraps */
	_Atomic uint32_t spurious;
	_Atomic uint32_t fiqs; /* of those logged: how many were Group 0 */

	/* Sees every exception first; true if it has dealt with it. `kind` is the number of the
	 * vector. */
	exception_function *volatile on_exception;
};

extern struct cpu cpus[MAX_CPUS];
extern uint32_t cpu_count;
extern uint64_t dtb_address;

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el1);
}

/*
 * Runs `function` on a CPU that is off; false if CPU_ON was refused. Its interrupts are masked, its
 * GIC is set up. The CPU turns itself off when the function returns.
 */
bool cpu_start(uint32_t index, cpu_function *function, uint64_t argument);

/* What cpu_start() does before it calls CPU_ON. */
void cpu_prepare(uint32_t index, cpu_function *function, uint64_t argument);

/* Waits until the CPU that was started has arrived in C; false after LONG. */
bool cpu_wait_arrived(uint32_t index);

/* Waits until AFFINITY_INFO says that the CPU is off; false after LONG. */
bool cpu_wait_off(uint32_t index);

/* Between these two, an exception is recorded and the instruction is skipped. An instruction abort
 * returns to the caller of the function that was not there. */
void expect_begin(void);
struct fault expect_end(void);

/* The instruction that `statement` executes: its fault, or taken = false. */
#define EXPECT(statement)                                                                          \
	({                                                                                         \
		expect_begin();                                                                    \
		statement;                                                                         \
		expect_end();                                                                      \
	})

#define ESR_EC(esr)  (((esr) >> 26) & 0x3f)
#define ESR_FSC(esr) ((esr)&0x3f)
#define ESR_WNR(esr) (((esr) >> 6) & 1)
enum { EC_UNKNOWN = 0x00, EC_INSTRUCTION_ABORT = 0x21, EC_DATA_ABORT = 0x25, FSC_EXTERNAL = 0x10 };

/* Time. */
static inline uint64_t now(void)
{
	isb();
	return read_sysreg(cntpct_el0);
}

static inline uint64_t milliseconds(uint64_t count)
{
	return count * (read_sysreg(cntfrq_el0) / 1000);
}

/* Waits until `condition` holds; false if it does not within `ms`. Use a short time only for what
 * should never happen. */
#define WAIT_FOR(condition, ms)                                                                    \
	({                                                                                         \
		uint64_t limit_ = now() + milliseconds(ms);                                        \
		while (!(condition) && now() < limit_)                                             \
			relax();                                                                   \
		(bool)(condition);                                                                 \
	})

/*
 * In ms. LONG is for what must happen: on a busy machine it may take any time, and whoever started
 * the guest gives up first. SHORT is for what must not happen.
 */
#define LONG  3600000
#define SHORT 20

#endif
