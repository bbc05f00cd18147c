/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of the generated tables: what a description says, as the core reads it.
 * build/<config>/tables.c defines every object declared or reached here; all of it is constant and
 * placed in the read-only part of the image, except what the `state` and `shared` pointers lead to.
 *
 * Addresses are physical (PA) unless the name says IPA; sizes are bytes.
 */
#ifndef PINION_CONFIG_H
#define PINION_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "arch_config.h"

struct vcpu;
struct vm;
struct vm_shared;
struct vcpu_shared;
struct uart_driver;

/* How an emulated access ends. */
enum mmio_result {
	MMIO_DONE,  /* 0: vectors.S relies on it */
	MMIO_FAULT, /* by a synchronous external abort in the guest */
	MMIO_RETRY, /* not yet: the guest executes the instruction again */
};

/*
 * Emulated access to a device register. `offset` is relative to the region's base and offset + size
 * never passes its end; `size` is 1, 2, 4 or 8 and `offset` is a multiple of it. What is written
 * has no bits beyond `size`, nor has what is read. `*value` is the guest's register itself: it is
 * stored to with MMIO_DONE alone.
 */
typedef enum mmio_result mmio_read_fn(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value);
typedef enum mmio_result mmio_write_fn(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value);

/*
 * What happens to a device by no access of the guest; `device` as above. On a pCPU of the VM,
 * without locks.
 */
typedef void device_fn(const void *device);

/* An emulated region of a VM's IPA space. A VM's regions do not overlap; the hottest come first. */
struct mmio_region {
	uint64_t base; /* IPA */
	uint64_t size; /* a multiple of 8; base and base + size too */
	mmio_read_fn *read;
	mmio_write_fn *write;
	const void *device; /* handed to these functions: the device's own constant configuration */
	device_fn *reset;   /* the state after power-on; between two lives, all vCPUs being parked;
	                       may be NULL */
	device_fn *serve;   /* the VM's console has moved, or time is up (devices_serve()); may be
	                       NULL */
	uint32_t exit;      /* enum exit_reason that accesses are counted under */
};

/* A piece of a VM's RAM. */
struct guest_ram {
	uint64_t ipa;
	uint64_t pa;
	uint64_t size;
};

/*
 * A part of a VM's initial memory: file_size bytes are copied, the rest up to memory_size is
 * zeroed.
 */
struct image {
	uint64_t source;
	uint64_t target;
	uint64_t file_size;
	uint64_t memory_size;
	bool once; /* before the VM's first life alone */
};

/* A write of `size` bytes (1, 2, 4, 8) to a register of a passed-through device. */
struct register_write {
	uint64_t pa;
	uint64_t value;
	uint32_t size;
};

/* One vCPU, and the pCPU that it owns. */
struct vcpu_config {
	const struct vm_config *vm;
	struct vcpu *state;         /* private to its VM's EL2 view */
	struct vcpu_shared *shared; /* mapped by every EL2 view */
	uint32_t index;             /* vCPU number in its VM */
	uint32_t pcpu;              /* number of the pCPU in the platform file */
	uint64_t stack;             /* top (first byte past the end) of the pCPU's EL2 stack */
	struct arch_vcpu_config arch;
};

struct vm_config {
	const char *name;
	struct vm *state;         /* private to this VM's EL2 view */
	struct vm_shared *shared; /* one page that every EL2 view maps */
	const struct vcpu_config *vcpus;
	const struct image *images;
	const struct guest_ram *ram;
	const struct mmio_region *mmio;
	const struct register_write
		*quiesce; /* what silences its passed-through devices, in this order */
	uint32_t index;   /* VM number in the description, from 0 */
	uint32_t vcpu_count;
	uint32_t image_count;
	uint32_t ram_count;
	uint32_t mmio_count;
	uint32_t quiesce_count;
	uint32_t restart_limit; /* restarts by policy (on_crash): 0, a number, or
	                           VM_RESTARTS_UNLIMITED */
	bool clear;             /* its RAM is zeroed before each life */
	bool has_console;       /* one of its devices reads what is typed */
	bool one_life;  /* it may not start again: nothing silences one of its devices, which writes
	                   memory */
	uint64_t entry; /* IPA of the first instruction of vCPU 0 */
	uint64_t dtb;   /* IPA of the device tree: x0 of vCPU 0 at its start */
	struct arch_vm_config arch;
};

/*
 * The hypervisor's own UART. With an owner the interrupt is that VM's, and `vcpu` is 0 without
 * meaning.
 */
struct uart_config {
	const struct uart_driver *driver;
	uint64_t base;
	uint32_t clock; /* Hz; 0 leaves the baud rate as the firmware set it */
	uint32_t intid; /* receive and transmit interrupt */
	uint32_t vcpu;  /* index into system_config.vcpus of the pCPU that takes the interrupt */
	const char *compatible;
	/*
	 * The VM that has it while it lives, or that has all interrupts: no input, and output at
	 * the ends of that VM's lives alone. NULL: the hypervisor keeps it.
	 */
	const struct vm_config *owner;
};

struct address_range {
	uint64_t base;
	uint64_t size;
};

/*
 * A node that the host's device tree has to have, found by its `compatible` and the first entry of
 * its `reg`.
 */
struct expected_device {
	const char *compatible;
	uint64_t base;
};

struct system_config {
	const char *banner; /* the first line at boot: version, names of description and platform */
	const struct vm_config *vms;
	const struct vcpu_config
		*vcpus; /* of all VMs, VM by VM in vCPU order; vm->vcpus points into it */
	const struct address_range *memory;    /* RAM that the description relies on */
	const struct expected_device *devices; /* hardware that the description relies on */
	uint32_t vm_count;
	uint32_t vcpu_count;
	uint32_t memory_count;
	uint32_t device_count;
	struct uart_config uart;
	struct arch_system_config arch;
};

extern const struct system_config system_config;

#endif
