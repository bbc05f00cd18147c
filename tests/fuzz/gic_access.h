/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses of a guest to the frames of its GIC, for the targets that stand on the fake one. */
#ifndef PINION_GIC_ACCESS_H
#define PINION_GIC_ACCESS_H

#include "fake_gic/machine.h"
#include "fuzz.h"
#include "version.h"

/* An offset in a frame: any, or a register that is something. */
static inline uint64_t gic_offset(struct input *input, unsigned size)
{
	static const uint16_t registers[] = {GICD_CTLR, GIC_IGROUPR, GIC_ISENABLER, GIC_ICENABLER,
		GIC_ISPENDR, GIC_ICPENDR, GIC_ISACTIVER, GIC_ICACTIVER, GIC_IPRIORITYR, GIC_ICFGR,
		OWN_REGISTERS};
	uint32_t which = input_below(input, 16);
	uint64_t offset;

	if (which < sizeof(registers) / sizeof(registers[0]))
		offset = registers[which] + input_take(input, 1);
	else
		offset = input_take(input, 2);
	return offset & ~(uint64_t)(size - 1);
}

/* Any access by vCPU `cpu`. */
static inline void gic_access(struct input *input, unsigned cpu, bool write)
{
	uint32_t form = input_below(input, 32);
	unsigned size = form & 3 ? 4 : 1u << (form >> 3 & 3);
	bool redistributor = (form & 4) * GICRS_SIZE > 0;
	uint64_t offset = gic_offset(input, size) % GICD_SIZE;
	uint64_t value;

	if (redistributor)
		offset += input_below(input, machine.vcpus) * (GICRS_SIZE / MAX_VCPUS) +
		          (form & 16 ? GICRS_SIZE / MAX_VCPUS / 2 : 0);
	if (write) {
		guest_write(cpu, redistributor, offset, size, input_take(input, size));
		return;
	}
	value = guest_read(cpu, redistributor, offset, size);
	REQUIRE(size == 8 || value >> 8 * size == 0);
}

#endif
