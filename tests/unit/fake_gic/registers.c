/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the fake physical GIC that both versions have. */
#include <assert.h>

#include "fake_gic/parts.h"
#include "gic/gic_regs.h"

static bool physical_pending(const struct physical *p)
{
	return p->latch || (p->line && !p->edge);
}

static bool is_trigger(uint32_t offset)
{
	return offset >= GIC_ICFGR && offset < GIC_IGRPMODR;
}

/* The first INTID of a word. */
static unsigned first_of(uint32_t offset)
{
	unsigned first =
		is_trigger(offset) ? (offset - GIC_ICFGR) / 4 * 16 : (offset & 0x7f) / 4 * 32;

	assert(offset % 4 == 0 && first < INTIDS);
	return first;
}

static bool state(const struct physical *p, uint32_t reg)
{
	switch (reg) {
	case GIC_ISENABLER:
	case GIC_ICENABLER:
		return p->enabled;
	case GIC_ISPENDR:
	case GIC_ICPENDR:
		return physical_pending(p);
	case GIC_ISACTIVER:
	case GIC_ICACTIVER:
		return p->active;
	default:
		assert(0 && "a register that is not to be read");
		return false;
	}
}

uint32_t machine_read_bits(unsigned cpu, uint32_t offset)
{
	unsigned first = first_of(offset);
	uint32_t value = 0;

	machine.accesses++;
	if (is_trigger(offset)) {
		for (unsigned i = 0; i < 16; i++)
			value |= (uint32_t)machine_physical(cpu, first + i)->edge << (2 * i + 1);
		return value;
	}
	for (unsigned i = 0; i < 32; i++)
		value |= (uint32_t)state(machine_physical(cpu, first + i), offset & ~0x7fu) << i;
	return value;
}

static void change(struct physical *p, uint32_t reg)
{
	switch (reg) {
	case GIC_ISENABLER:
	case GIC_ICENABLER:
		p->enabled = reg == GIC_ISENABLER;
		break;
	case GIC_ISPENDR:
	case GIC_ICPENDR:
		p->latch = reg == GIC_ISPENDR;
		break;
	case GIC_ISACTIVER:
	case GIC_ICACTIVER:
		p->active = reg == GIC_ISACTIVER;
		break;
	default:
		assert(0 && "a register that is not to be written");
	}
}

static void change_triggers(unsigned cpu, unsigned first, uint32_t value)
{
	for (unsigned i = 0; i < 16; i++) {
		struct physical *p = machine_physical(cpu, first + i);
		bool edge = value >> (2 * i + 1) & 1;

		assert(machine_is_hardware(first + i) || edge == p->edge);
		p->edge = first + i < 16 || edge; /* SGIs are fixed */
	}
}

void machine_write_bits(unsigned cpu, uint32_t offset, uint32_t value)
{
	unsigned first = first_of(offset);

	machine.hardware_writes++;
	machine.accesses++;
	if (is_trigger(offset)) {
		change_triggers(cpu, first, value);
		return;
	}
	if (machine.kicks && first == 0 && value == 1u << 15)
		return;
	assert(!(value & ~machine_hardware[first / 32]));
	for (unsigned i = 0; i < 32; i++)
		if (value >> i & 1)
			change(machine_physical(cpu, first + i), offset & ~0x7fu);
}
