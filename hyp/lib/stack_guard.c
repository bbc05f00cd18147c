/* SPDX-License-Identifier: Apache-2.0 */
/* What -fstack-protector-strong calls. */
#include <stdint.h>

#include "arch.h"

extern const uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

/*
 * Constant, as guests never read EL2's memory: it holds what copied strings and numbers are
 * unlikely to contain, a zero, a newline and bytes above 0x7f.
 */
const uintptr_t __stack_chk_guard = 0x00ff0a0dc3a5e981;

void __stack_chk_fail(void)
{
	arch_panic("a function has written past its array on the stack");
}
