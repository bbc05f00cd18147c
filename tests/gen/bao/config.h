/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shapes of Bao's configuration, as its documentation describes them ("Bao Configuration File":
 * vm_config, vm_platform, vm_mem_region, vm_dev_region, and for Arm arch.gic), for a host program
 * that prints what a config.c holds. An image is its file name here.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t;
typedef uint64_t vaddr_t;
typedef uint64_t cpumap_t;
typedef uint64_t colormap_t;
typedef uint64_t irqid_t;
typedef uint64_t streamid_t;

#define VM_IMAGE(name, file)  static const char bao_image_##name[] = file;
#define VM_IMAGE_OFFSET(name) ((paddr_t)bao_image_##name)
#define VM_IMAGE_SIZE(name)   sizeof(bao_image_##name)

struct vm_mem_region {
	paddr_t base;
	size_t size;
	bool place_phys;
	paddr_t phys;
};

struct vm_dev_region {
	paddr_t pa;
	vaddr_t va;
	size_t size;
	size_t interrupt_num;
	irqid_t *interrupts;
	streamid_t id;
};

struct vm_platform {
	size_t cpu_num;
	size_t region_num;
	struct vm_mem_region *regions;
	size_t dev_num;
	struct vm_dev_region *devs;
	struct {
		struct {
			paddr_t gicd_addr;
			paddr_t gicc_addr;
			paddr_t gicr_addr;
			size_t interrupt_num;
		} gic;
	} arch;
};

struct vm_config {
	struct {
		vaddr_t base_addr;
		paddr_t load_addr;
		size_t size;
		bool separately_loaded;
		bool inplace;
	} image;
	vaddr_t entry;
	cpumap_t cpu_affinity;
	colormap_t colors;
	struct vm_platform platform;
};

struct config {
	size_t vmlist_size;
	struct vm_config vmlist[];
};

extern struct config config;

#endif
