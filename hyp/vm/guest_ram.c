/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and copies the RAM of a VM by IPA. */
#include "vm/guest_ram.h"

#include <stddef.h>
#include <string.h>

/* Bytes from `ipa`, which is in `ram`, to its end. */
static uint64_t room(const struct guest_ram *ram, uint64_t ipa)
{
	return ram->size - (ipa - ram->ipa);
}

/* EL2's address of `ipa`, which is in `ram`. */
static void *address(const struct guest_ram *ram, uint64_t ipa)
{
	return (void *)(uintptr_t)(ram->pa + (ipa - ram->ipa));
}

void *guest_ram_at(const struct vm_config *vm, uint64_t ipa, uint64_t size)
{
	const struct guest_ram *ram = guest_ram_region(vm, ipa);

	return ram && size <= room(ram, ipa) ? address(ram, ipa) : NULL;
}

/* How many of `size` bytes from `ipa` on are in `ram`, in which `ipa` is. */
static uint64_t part(const struct guest_ram *ram, uint64_t ipa, uint64_t size)
{
	return room(ram, ipa) < size ? room(ram, ipa) : size;
}

bool guest_ram_holds(const struct vm_config *vm, uint64_t ipa, uint64_t size)
{
	for (uint64_t n; size > 0; ipa += n, size -= n) {
		const struct guest_ram *ram = guest_ram_region(vm, ipa);

		if (!ram)
			return false;
		n = part(ram, ipa, size);
	}
	return true;
}

bool guest_ram_read(const struct vm_config *vm, uint64_t ipa, void *memory, uint64_t size)
{
	uint8_t *to = memory;

	for (uint64_t n; size > 0; ipa += n, to += n, size -= n) {
		const struct guest_ram *ram = guest_ram_region(vm, ipa);

		if (!ram)
			return false;
		n = part(ram, ipa, size);
		memcpy(to, address(ram, ipa), n);
	}
	/* Keeps the compiler from reading the guest's memory again in place of the copy. */
	__asm__ volatile("" : : : "memory");
	return true;
}

bool guest_ram_write(const struct vm_config *vm, uint64_t ipa, const void *memory, uint64_t size)
{
	const uint8_t *from = memory;

	for (uint64_t n; size > 0; ipa += n, from += n, size -= n) {
		const struct guest_ram *ram = guest_ram_region(vm, ipa);

		if (!ram)
			return false;
		n = part(ram, ipa, size);
		memcpy(address(ram, ipa), from, n);
	}
	return true;
}
