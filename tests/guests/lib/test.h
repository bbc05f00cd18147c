/* SPDX-License-Identifier: Apache-2.0 */
/* Results, in the Test Anything Protocol. CPU 0 alone reports them. */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "fdt.h"

/* What a test file defines. */
extern const char test_name[];
void test_main(void);

extern char image_start[], image_end[];

/*
 * The guest runs on the bare machine, for reference (bootarg `plain`): what only Pinion promises is
 * skipped.
 */
#define on_plain (fdt_bootarg("plain"))

/*
 * What differs for a guest with direct interrupts, and nothing else does (docs/direct.md).
 * Bootargs:
 *
 * - `direct`: SGI 15 and Group 0 are the hypervisor's, priorities below 0x10 count as 0x10, and a
 *   level of an emulated device is seen again only by an access to that device
 * - `sole`, too: of the CPU interface nothing traps, so it is QEMU's own, as on the plain machine
 * - `halved`, too: the GIC has two security states, and the guest has half of its priorities. QEMU
 *   in the place of firmware leaves SCR_EL3.FIQ clear, so a sole owner's ICC_PMR_EL1 and
 *   ICC_RPR_EL1 show both halves
 */
#define is_direct (fdt_bootarg("direct"))
#define is_sole   (fdt_bootarg("sole"))
#define is_halved (fdt_bootarg("halved"))

/* One line: `ok 7 - promise` or `not ok 7 - promise`. Returns `ok`. */
bool check(bool ok, const char *promise, ...) __attribute__((format(printf, 2, 3)));

/* As check(), and shows the two when they differ. */
bool check_equal(uint64_t actual, uint64_t expected, const char *promise, ...)
	__attribute__((format(printf, 3, 4)));

void skip(const char *promise);

/* Prints the plan and powers off. */
void test_end(void) __attribute__((noreturn));

void exception_init(void);

#endif
