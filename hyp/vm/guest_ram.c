/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/guest_ram.h"

#include <stddef.h>
#include <string.h>

/* EL2's address of `ipa`, and how many bytes follow in that piece of RAM; NULL if it is not RAM. */
static void *find(const struct vm_config *vm, uint64_t ipa, uint64_t *room)
{
	for (uint32_t i = 0; i < vm->ram_count; i++) {
		const struct guest_ram *ram = &vm->ram[i];
		uint64_t offset = ipa - ram->ipa; /* wraps below the piece, and is then past any size */

		if (offset < ram->size) {
			*room = ram->size - offset;
			return (void *)(uintptr_t)(ram->pa + offset);
		}
	}
	return NULL;
}

void *guest_ram_at(const struct vm_config *vm, uint64_t ipa, uint64_t size)
{
	uint64_t room;
	void *there = find(vm, ipa, &room);

	return there && size <= room ? there : NULL;
}

/* The piece that begins at `ipa`, of at most `size` bytes. */
static void *piece(const struct vm_config *vm, uint64_t ipa, uint64_t *size)
{
	uint64_t room;
	void *there = find(vm, ipa, &room);

	if (there && room < *size)
		*size = room;
	return there;
}

bool guest_ram_holds(const struct vm_config *vm, uint64_t ipa, uint64_t size)
{
	for (uint64_t n; size > 0; ipa += n, size -= n) {
		n = size;
		if (!piece(vm, ipa, &n))
			return false;
	}
	return true;
}

bool guest_ram_read(const struct vm_config *vm, uint64_t ipa, void *memory, uint64_t size)
{
	uint8_t *to = memory;

	for (uint64_t n; size > 0; ipa += n, to += n, size -= n) {
		const void *from;

		n = size;
		from = piece(vm, ipa, &n);
		if (!from)
			return false;
		memcpy(to, from, n);
	}
	/* The compiler may not read the guest's memory again in place of the copy. */
	__asm__ volatile("" : : : "memory");
	return true;
}

bool guest_ram_write(const struct vm_config *vm, uint64_t ipa, const void *memory, uint64_t size)
{
	const uint8_t *from = memory;

	for (uint64_t n; size > 0; ipa += n, from += n, size -= n) {
		void *to;

		n = size;
		to = piece(vm, ipa, &n);
		if (!to)
			return false;
		memcpy(to, from, n);
	}
	return true;
}
