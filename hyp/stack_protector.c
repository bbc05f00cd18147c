/* SPDX-License-Identifier: Apache-2.0 */
/* What code compiled with -fstack-protector refers to; Debian's libfdt is. */
#include <stdint.h>

#include "panic.h"

extern const uintptr_t __stack_chk_guard;
void __stack_chk_fail(void);

/* No entropy at build time, so a value that no string operation can write: it contains NUL, newline and 0xff. */
const uintptr_t __stack_chk_guard = 0xff0d0a00ff0a0d00;

void __stack_chk_fail(void)
{
	panic("stack overwritten, called from %p", __builtin_return_address(0));
}
