/* SPDX-License-Identifier: Apache-2.0 */
/* Marks, and the loops between them. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu.h"

enum { COUNT = 64, SGI = 1 };

/*
 * BEGIN opens the next operation; time and instructions count while it is resumed.
 * tests/bench/el2count.c sees them.
 */
#define MARK_BEGIN  __asm__ volatile("hint #64" ::: "memory")
#define MARK_RESUME __asm__ volatile("hint #65" ::: "memory")
#define MARK_PAUSE  __asm__ volatile("hint #66" ::: "memory")

extern uint64_t ticks, since; /* of the operation under way */

static inline void begin(void)
{
	ticks = 0;
	MARK_BEGIN;
}

static inline void resume(void)
{
	since = now();
	MARK_RESUME;
}

static inline void pause(void)
{
	MARK_PAUSE;
	ticks += now() - since;
}

/* Reports the operation: its name, how often, ticks of the counter. */
void end(const char *name);

/* `statement` COUNT times without anything in between. */
#define MEASURE(name, statement)                                                                   \
	do {                                                                                       \
		begin();                                                                           \
		resume();                                                                          \
		for (uint32_t i_ = 0; i_ < COUNT; i_++) {                                          \
			statement;                                                                 \
		}                                                                                  \
		pause();                                                                           \
		end(name);                                                                         \
	} while (0)

/* `statement` COUNT times, `before` not counted. */
#define MEASURE_AFTER(name, before, statement)                                                     \
	do {                                                                                       \
		begin();                                                                           \
		for (uint32_t i_ = 0; i_ < COUNT; i_++) {                                          \
			before;                                                                    \
			resume();                                                                  \
			statement;                                                                 \
			pause();                                                                   \
		}                                                                                  \
		end(name);                                                                         \
	} while (0)

/* Long enough for another CPU to be where it waits. */
static inline void settle(void)
{
	for (uint32_t i = 0; i < 2000; i++)
		relax();
}

/*
 * The parts: calls and registers; interrupts of this CPU and of another; CPU_ON; the disk, if there
 * is one.
 */
void measure_calls(void);
void measure_registers(struct cpu *cpu);
void measure_interrupts(struct cpu *cpu);
void measure_interrupts_elsewhere(void);
void measure_cpu_on(void);
void measure_disk(struct cpu *cpu);

#endif
