/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which EL2 view maps an object is decided by its linker section. Constants need no mark: every
 * view maps them, read-only. There is no ordinary .data or .bss; the link fails if something lands
 * there.
 */
#ifndef PINION_SECTIONS_H
#define PINION_SECTIONS_H

#define SECTION(name) __attribute__((section(name)))

/* Writable from every view: keep it short, docs/threat-model.md lists what it holds. */
#define SHARED SECTION(".shared")

/* Writable only from the views of VM number n; generated tables alone use it. */
#define VM_STATE(n) SECTION(".vm" #n ".state")

/* The pages of VM number n that every view maps; generated tables alone use it. */
#define VM_SHARED(n) SECTION(".vm" #n ".shared")

/*
 * A function that seldom runs: built for size, and apart, so that the frequent one that calls it
 * needs no stack frame.
 */
#define COLD __attribute__((cold, noinline))

#endif
