/* SPDX-License-Identifier: Apache-2.0 */
/* Copies a VM's images from the hypervisor's image to the VM's RAM. */
#include <string.h>

#include "entry.h"
#include "hw/cache.h"
#include "hw/cpu_insn.h"
#include "vm/vm.h"

void arch_vm_load(const struct vm_config *vm, bool first)
{
	/* The last life, or the firmware, has left modified lines of the RAM in a cache. They may
	 * not be written back later, over what the guest stores with its caches off. */
	bool stale = !first || !system_config.arch.clean_caches;

	view_switch(vm->arch.loader_ttbr);
	for (uint32_t i = 0; i < vm->ram_count; i++) {
		const struct guest_ram *ram = &vm->ram[i];

		if (vm->clear)
			memset((void *)ram->pa, 0, ram->size);
		if (vm->clear || stale)
			cache_clean_invalidate(ram->pa, ram->size);
	}
	for (uint32_t i = 0; i < vm->image_count; i++) {
		const struct image *image = &vm->images[i];

		if (image->once && !first)
			continue;
		memcpy((void *)image->target, (const void *)image->source, image->file_size);
		memset((void *)(image->target + image->file_size), 0,
			image->memory_size - image->file_size);
		cache_clean_invalidate(image->target, image->memory_size);
	}
	instructions_forget();
	view_switch(vm->arch.run_ttbr);
}
