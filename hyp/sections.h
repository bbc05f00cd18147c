/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes that choose an object's linker section. The section decides which EL2 views (address
 * spaces of EL2) map the object. Constants need no attribute: every view maps them read-only. There
 * is no ordinary .data or .bss, and the link fails if an object lands there.
 */
#ifndef PINION_SECTIONS_H
#define PINION_SECTIONS_H

#define SECTION(name) __attribute__((section(name)))

/* Writable in every view. Keep it small; docs/threat-model.md lists what is in it. */
#define SHARED SECTION(".shared")

/* Writable in the views of VM number n only. For the generated tables alone. */
#define VM_STATE(n) SECTION(".vm" #n ".state")

/* The state of VM number n that every view maps. For the generated tables alone. */
#define VM_SHARED(n) SECTION(".vm" #n ".shared")

#endif
