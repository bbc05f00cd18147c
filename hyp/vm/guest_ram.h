/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to the RAM of a VM by IPA, on a pCPU of that VM. All but guest_ram_region() are for VMs
 * whose run view maps their RAM; the generator maps it there if a device of the VM needs it. The
 * guest may write to its RAM at any time, so a second read may give something else.
 */
#ifndef PINION_GUEST_RAM_H
#define PINION_GUEST_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "speed.h"

/*
 * The region of RAM that `ipa` is in; the whole page around `ipa` is in it, too. NULL if the VM has
 * no RAM there. Inline, as PSCI CPU_ON calls it and has to be fast.
 */
ALWAYS_INLINE("virtio-blk read of 512 bytes")
static inline const struct guest_ram *guest_ram_region(const struct vm_config *vm, uint64_t ipa)
{
	for (const struct guest_ram *ram = vm->ram; ram < vm->ram + vm->ram_count; ram++)
		/* For an IPA below the region, the difference wraps and is larger than any size. */
		if (ipa - ram->ipa < ram->size)
			return ram;
	return NULL;
}

/*
 * EL2's address of the guest's memory at [ipa, ipa + size), or NULL if that is not all in one
 * region of RAM. `size` is not 0.
 */
void *guest_ram_at(const struct vm_config *vm, uint64_t ipa, uint64_t size);

/* True if [ipa, ipa + size) is all RAM, in one region or in adjacent ones. */
bool guest_ram_holds(const struct vm_config *vm, uint64_t ipa, uint64_t size);

/*
 * Copy `size` bytes between the guest's memory at `ipa` and EL2's own `memory`, and read each byte
 * once. Return false if not all of [ipa, ipa + size) is RAM; a part may have been copied then.
 */
bool guest_ram_read(const struct vm_config *vm, uint64_t ipa, void *memory, uint64_t size);
bool guest_ram_write(const struct vm_config *vm, uint64_t ipa, const void *memory, uint64_t size);

#endif
