/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for the core where only addresses matter: every symbol that tables.c and layout.lds
 * refer to.
 */
#include "config.h"

const uint64_t uart_pl011[1] = {1};
const uint64_t interrupts_virtual[1] = {1};
const uint64_t interrupts_direct[1] = {1};
const uint64_t interrupts_sole[1] = {1};

#define REGISTERS(name)                                                                            \
	mmio_read_fn name##_read;                                                                  \
	mmio_write_fn name##_write;                                                                \
	enum mmio_result name##_read(struct vcpu *vcpu, const void *device, uint64_t offset,       \
		unsigned size, uint64_t *value)                                                    \
	{                                                                                          \
		return vcpu && device && value && offset == size ? MMIO_DONE : MMIO_FAULT;         \
	}                                                                                          \
	enum mmio_result name##_write(struct vcpu *vcpu, const void *device, uint64_t offset,      \
		unsigned size, uint64_t value)                                                     \
	{                                                                                          \
		return vcpu && device && value && offset == size ? MMIO_DONE : MMIO_FAULT;         \
	}

REGISTERS(vgicd)
REGISTERS(vgicr)
REGISTERS(directd)
REGISTERS(directr)
REGISTERS(pl011)
REGISTERS(watchdog)
REGISTERS(passthrough)
REGISTERS(virtio_blk)

device_fn pl011_reset, pl011_serve, virtio_blk_reset, watchdog_reset, watchdog_serve;

void pl011_reset(const void *device)
{
	(void)device;
}

void watchdog_reset(const void *device)
{
	(void)device;
}

void watchdog_serve(const void *device)
{
	(void)device;
}

void virtio_blk_reset(const void *device)
{
	(void)device;
}

void pl011_serve(const void *device)
{
	(void)device;
}

__asm__("	.pushsection .text.head, \"ax\"\n"
	"	.global _start\n"
	"_start:\n"
	"	b	.\n"
	"	.quad	text_offset\n"
	"	.quad	image_size\n"
	"	.quad	system_config\n"
	"	.popsection\n");
