// SPDX-License-Identifier: Apache-2.0
/* Prints what a config.c for Bao holds, as JSON. */
#include <config.h>
#include <inttypes.h>
#include <stdio.h>

static void print_devices(const struct vm_platform *platform)
{
	printf("\"devs\": [");
	for (size_t i = 0; i < platform->dev_num; i++) {
		const struct vm_dev_region *dev = &platform->devs[i];

		printf("%s{\"pa\": %" PRIu64 ", \"va\": %" PRIu64
		       ", \"size\": %zu, \"interrupts\": [",
			i ? ", " : "", dev->pa, dev->va, dev->size);
		for (size_t j = 0; j < dev->interrupt_num; j++) {
			printf("%s%" PRIu64, j ? ", " : "", dev->interrupts[j]);
		}
		printf("]}");
	}
	printf("]");
}

static void print_vm(const struct vm_config *vm)
{
	printf("{\"file\": \"%s\", \"base\": %" PRIu64 ", \"entry\": %" PRIu64
	       ", \"affinity\": %" PRIu64,
		(const char *)vm->image.load_addr, vm->image.base_addr, vm->entry,
		vm->cpu_affinity);
	printf(", \"separately_loaded\": %d, \"inplace\": %d", vm->image.separately_loaded,
		vm->image.inplace);
	printf(", \"cpus\": %zu, \"gicd\": %" PRIu64 ", \"gicr\": %" PRIu64
	       ", \"intids\": %zu, \"regions\": [",
		vm->platform.cpu_num, vm->platform.arch.gic.gicd_addr,
		vm->platform.arch.gic.gicr_addr, vm->platform.arch.gic.interrupt_num);
	for (size_t i = 0; i < vm->platform.region_num; i++) {
		const struct vm_mem_region *region = &vm->platform.regions[i];

		printf("%s{\"base\": %" PRIu64
		       ", \"size\": %zu, \"place_phys\": %d, \"phys\": %" PRIu64 "}",
			i ? ", " : "", region->base, region->size, region->place_phys,
			region->phys);
	}
	printf("], ");
	print_devices(&vm->platform);
	printf("}");
}

int main(void)
{
	printf("[");
	for (size_t i = 0; i < config.vmlist_size; i++) {
		printf("%s", i ? ",\n" : "");
		print_vm(&config.vmlist[i]);
	}
	printf("]\n");
	return 0;
}
