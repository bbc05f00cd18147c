/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on everything around the guest. Each kind of attack is one file. Each attack is a row of
 * the crash matrix: it has the same name in `attacks` (main.c) and in
 * tests/system/test_crash_matrix.py.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

enum { GIB_SHIFT = 30, SCRATCH = 2 << 20, CODE = 4096, RET = 0xd65f03c0, ERET = 0xd69f03e0 };

/* VAs that EL0, 32-bit EL0 too, may use: the GiB of RAM, and the one of the devices. */
#define RAM_EL0    (2ull << GIB_SHIFT)
#define DEVICE_EL0 (3ull << GIB_SHIFT)

/* VAs of the lowest IPAs as normal memory and as device memory. */
#define ALIASES      8
#define NORMAL_ALIAS (16ull << GIB_SHIFT)
#define DEVICE_ALIAS (32ull << GIB_SHIFT)

#define UART       0x09000000ull
#define GPIO       0x09030000ull
#define SOMEWHERE  0x0b000000ull /* where nothing is */
#define HYPERVISOR 0x40200000ull

/* Lives that an attack has in a row, if more than one. */
struct progress {
	uint64_t magic;
	int32_t current; /* attack */
	uint32_t lives;  /* that it had, if it wants several */
};

extern uint64_t ram_base, ram_size;
extern uint64_t virtio_base;      /* 0: the VM has no virtio device */
extern struct progress *progress; /* in RAM that no image covers */

/* ---------------------------------------------------------------- main.c */

/* True once the attack has had its time. */
bool over(void);

/* Random numbers of the calling CPU. */
uint64_t random64(void);
uint32_t random_below(uint32_t limit);

/* True for the guest's own RAM, and where a device that it has answers. */
bool is_mine(uint64_t address);
bool is_device(uint64_t address);

/* ---------------------------------------------------------------- survive.c */

extern uint8_t
	*scratch; /* SCRATCH bytes per CPU, the first CODE of them its own code: all that EL0 has */
extern _Atomic uint32_t exceptions[MAX_CPUS];

/* Every exception: skipped, or the end of run(). */
bool survive(struct cpu *cpu, uint64_t kind, struct frame *frame);

/* Code of a CPU that it makes itself; to be synchronized before it runs. */
uint32_t *code_of(uint32_t n);
void synchronize(const void *start, size_t size);

/*
 * Runs code with all registers from `x` (x[31] is SP_EL0) by ERET to `pc` with `spsr`, until it
 * leaves its code, executes LEAVE or an SVC of AArch32, or has been interrupted three times.
 * Returns its x2.
 */
uint64_t run(const uint64_t *x, uint64_t pc, uint64_t spsr);

#define LEAVE (0xd4200000u | 0x77u << 5) /* BRK */

/*
 * Calls the code at `stub` with x0 = `value`, and puts back whatever EL1 cannot go on without. Uses
 * no memory while these registers may be wrong; `off`: with the MMU off.
 */
uint64_t guarded(uint64_t stub, uint64_t value, uint64_t off);

/* ---------------------------------------------------------------- gic.c */

/* A register of the GIC: any offset, or one that is something. */
uint64_t gic_address(void);

/* One access to it. */
void gic_access(void);

/* ---------------------------------------------------------------- attacks */

cpu_function holes, nowhere, stage1;
cpu_function system_registers, system_instructions, debug;
cpu_function gic_frames, storm;
cpu_function virtio;
cpu_function exits, flood;
cpu_function calls, lives, resets;
cpu_function code_el1, code_el0, code_a32, code_t32, code_devices, code_a32_devices,
	code_t32_devices, t32_emulated;
cpu_function kill_ldp, kill_stp, kill_writeback, kill_ldxr, kill_simd, kill_zva, kill_cas,
	kill_unaligned, kill_last;
cpu_function lost_jump, lost_read, lost_write;

#endif
