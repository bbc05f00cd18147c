/* SPDX-License-Identifier: Apache-2.0 */
/* The value and the function that -fstack-protector-strong refers to. */
#include <stdint.h>

#include "arch.h"

extern const uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

/*
 * The value may be constant, as no guest can read EL2's memory. It contains a zero, a newline and
 * bytes above 0x7f, which copied strings and numbers are unlikely to contain.
 */
const uintptr_t __stack_chk_guard = 0x00ff0a0dc3a5e981;

void __stack_chk_fail(void)
{
	arch_panic("a function has written past its array on the stack");
}
