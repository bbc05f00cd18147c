/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types of the generated tables, by which the core knows a description. The generator defines
 * all objects of these types in build/<config>/tables.c. They are constant and in the read-only
 * part of the image, except what the `state` and `shared` pointers lead to.
 *
 * Addresses are physical (PA) unless said otherwise; sizes are in bytes.
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
	MMIO_DONE,  /* the value 0, as vectors.S tests for it */
	MMIO_FAULT, /* EL2 raises a synchronous external abort in the guest */
	MMIO_RETRY, /* not done yet: the guest executes the instruction again */
};

/*
 * Emulates an access of the guest of `vcpu` to a register of `device` (mmio_region.device). `size`
 * is 1, 2, 4 or 8 bytes. `offset` is in bytes from the base of the region, a multiple of `size`,
 * and offset + size does not pass the region's end. The value that is written has no bits beyond
 * `size`, and the function returns none beyond it. `value` may point to the guest's register
 * itself, so the function stores there only if it returns MMIO_DONE. On the pCPU of `vcpu`, no lock
 * held.
 */
typedef enum mmio_result mmio_read_fn(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value);
typedef enum mmio_result mmio_write_fn(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value);

/*
 * Does something to `device` (mmio_region.device) that no access of the guest caused. On a pCPU of
 * the VM, no lock held.
 */
typedef void device_fn(const void *device);

/*
 * A region of a VM's IPA space whose accesses EL2 emulates. The regions of a VM do not overlap, and
 * those that guests access most come first.
 */
struct mmio_region {
	uint64_t base; /* IPA */
	uint64_t size; /* a multiple of 8, as `base` is */
	mmio_read_fn *read;
	mmio_write_fn *write;
	/* What all functions here are called with: the constant configuration of the device. */
	const void *device;
	/*
	 * Puts the device into its state after power-on, before the first life of the VM and at the
	 * end of each. All vCPUs are parked. May be NULL.
	 */
	device_fn *reset;
	/* Looks at the rings of the VM's console, or at the time (devices_serve()). May be NULL. */
	device_fn *serve;
	uint32_t exit; /* the enum exit_reason under which accesses are counted */
};

/* A region of a VM's RAM, contiguous in IPAs and in physical memory. */
struct guest_ram {
	uint64_t ipa;
	uint64_t pa;
	uint64_t size;
};

/*
 * A part of a VM's initial memory. EL2 copies `file_size` bytes from `source` to `target` and
 * zeroes the rest up to `memory_size`.
 */
struct image {
	uint64_t source;
	uint64_t target;
	uint64_t file_size;
	uint64_t memory_size;
	bool once; /* copied before the VM's first life only */
};

/* A write of `size` bytes (1, 2, 4, 8) to a register of a device. */
struct register_write {
	uint64_t pa;
	uint64_t value;
	uint32_t size;
};

/* Writes to registers, in this order; `writes` may be NULL if there are none. */
struct register_writes {
	const struct register_write *writes;
	uint32_t count;
};

/* How the machine ends. */
enum machine_end { MACHINE_OFF, MACHINE_RESET, MACHINE_ENDS };

/* One vCPU, and the pCPU that it owns. */
struct vcpu_config {
	const struct vm_config *vm;
	struct vcpu *state;         /* private to its VM's EL2 view */
	struct vcpu_shared *shared; /* mapped by every EL2 view */
	uint32_t index;             /* vCPU number in its VM */
	uint32_t pcpu;              /* number of the pCPU in the platform file */
	uint64_t stack;             /* top of the pCPU's EL2 stack: the first byte past its end */
	struct arch_vcpu_config arch;
};

struct vm_config {
	const char *name;         /* at most 31 characters */
	struct vm *state;         /* private to this VM's EL2 view */
	struct vm_shared *shared; /* one page that every EL2 view maps */
	const struct vcpu_config *vcpus;
	const struct image *images;
	const struct guest_ram *ram;
	const struct mmio_region *mmio;
	struct register_writes quiesce; /* vm_quiesce() makes them */
	uint32_t index;                 /* VM number in the description, from 0 */
	uint32_t vcpu_count;
	uint32_t image_count;
	uint32_t ram_count;
	uint32_t mmio_count;
	uint32_t restart_limit; /* restarts that `on_crash` allows, or VM_RESTARTS_UNLIMITED */
	bool clear;             /* EL2 zeroes its RAM before each life */
	bool has_console;       /* one of its devices reads what is typed */
	/*
	 * The VM may not start again, as no `quiesce` keeps a device of it from writing to memory.
	 */
	bool one_life;
	uint64_t entry; /* IPA of the first instruction of vCPU 0 */
	uint64_t dtb;   /* IPA of the device tree: x0 of vCPU 0 at its start */
	struct arch_vm_config arch;
};

/* The UART that the hypervisor uses. */
struct uart_config {
	const struct uart_driver *driver;
	uint64_t base;
	/*
	 * What the driver writes into the registers that set the baud rate: gen/read/uart_kinds.py
	 * says what that is for each kind. 0 leaves the baud rate as the firmware set it.
	 */
	uint32_t divisor;
	uint32_t intid; /* receive and transmit interrupt; the owner's, if there is one */
	/*
	 * Index into system_config.vcpus of the vCPU whose pCPU takes the interrupt. 0 and unused
	 * if there is an owner.
	 */
	uint32_t vcpu;
	/*
	 * Of UARTs whose registers have numbers: register n is at base + (n << register_shift), and
	 * is accessed by `access_width` bytes, 1 or 4.
	 */
	uint8_t register_shift;
	uint8_t access_width;
	const char *compatible;
	/*
	 * The VM to which the UART is passed through, or the sole owner of all interrupts. EL2 then
	 * reads no input, and sends output only before and after each life of that VM. NULL if the
	 * hypervisor keeps the UART.
	 */
	const struct vm_config *owner;
};

struct address_range {
	uint64_t base;
	uint64_t size;
};

/*
 * A node that must be in the host's device tree: one with this `compatible` and, as first address
 * of its `reg`, this `base`.
 */
struct expected_device {
	const char *compatible;
	uint64_t base;
};

struct system_config {
	const char *banner; /* the first line at boot: version, names of description and platform */
	const struct vm_config *vms;
	/* The vCPUs of all VMs, VM by VM in vCPU order; vm_config.vcpus points into this array. */
	const struct vcpu_config *vcpus;
	const struct address_range *memory;    /* RAM that the description relies on */
	const struct expected_device *devices; /* hardware that the description relies on */
	uint32_t vm_count;
	uint32_t vcpu_count;
	uint32_t memory_count;
	uint32_t device_count;
	struct uart_config uart;
	/* What brings the machine to each of its ends, by a device of the board; count 0: nothing
	 * does, or the firmware's PSCI. */
	struct register_writes machine_ends[MACHINE_ENDS];
	struct arch_system_config arch;
};

extern const struct system_config system_config;

#endif
