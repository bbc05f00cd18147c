/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RAM of a VM, by the addresses that its guest uses. Only for VMs whose run view maps their
 * RAM, which the tables see to where a device needs it. The guest writes there at any time: what is
 * read may be different the next time.
 */
#ifndef PINION_GUEST_RAM_H
#define PINION_GUEST_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/*
 * The piece of RAM that `ipa` is in, to its end that page of it as well; NULL if the VM has no RAM
 * there. Inline for the sake of CPU_ON.
 */
static inline const struct guest_ram *guest_ram_region(const struct vm_config *vm, uint64_t ipa)
{
	for (const struct guest_ram *ram = vm->ram; ram < vm->ram + vm->ram_count; ram++)
		/* wraps below the piece, and is then past any size */
		if (ipa - ram->ipa < ram->size)
			return ram;
	return NULL;
}

/*
 * Where EL2 has IPAs [ipa, ipa + size), which are all in one piece of RAM; NULL if they are not.
 * `size` is not 0.
 */
void *guest_ram_at(const struct vm_config *vm, uint64_t ipa, uint64_t size);

/* True if IPAs [ipa, ipa + size) are all RAM, in one piece or in neighbours. */
bool guest_ram_holds(const struct vm_config *vm, uint64_t ipa, uint64_t size);

/*
 * Copies between `memory`, which is EL2's own, and IPAs [ipa, ipa + size), reading each byte once.
 * False: not all of that is RAM, and some of it may have been copied.
 */
bool guest_ram_read(const struct vm_config *vm, uint64_t ipa, void *memory, uint64_t size);
bool guest_ram_write(const struct vm_config *vm, uint64_t ipa, const void *memory, uint64_t size);

#endif
