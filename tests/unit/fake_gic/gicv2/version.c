/* SPDX-License-Identifier: Apache-2.0 */
/* The fake machine's GICv2: everything is in memory, and private registers are the reader's. */
#include "version.h"

#include <assert.h>
#include <stdlib.h>

#include "fake_gic/parts.h"
#include "gicv2/interface.h"
#include "hw/mmio_raw.h"
#include "vgic/frames.h"

#define GICC 0x08010000ull
#define GICH 0x08030000ull

const struct system_config system_config = {.arch = {.gicd = GICD, .gicc = GICC, .gich = GICH}};
const struct frames machine_frames = {vgicd_read, NULL, vgicd_write, NULL};

_Atomic uint8_t gic_interfaces[GIC_INTERFACES];

uint64_t version_route(unsigned cpu)
{
	return 0x80u >> cpu; /* the bit of its interface, which is not what the guest sees */
}

void version_configure(unsigned cpu, struct arch_vcpu_config *config)
{
	(void)config;
	gic_interfaces[cpu + 2] = (uint8_t)version_route(cpu); /* + 2: its pCPU (machine.c) */
}

/* ---------------------------------------------------------------- GICH */

static uint32_t gich_read(uint32_t reg)
{
	switch (reg) {
	case GICH_HCR:
		return (uint32_t)here()->hcr;
	case GICH_VTR:
		return (machine.lrs - 1) | 4u << 26;
	case GICH_VMCR:
		return (uint32_t)here()->vmcr;
	case GICH_EISR:
		return machine_eisr();
	case GICH_ELRSR:
		return machine_elrsr();
	default:
		assert(reg >= GICH_LR);
		return machine_lr((reg - GICH_LR) / 4);
	}
}

static void gich_write(uint32_t reg, uint32_t value)
{
	switch (reg) {
	case GICH_HCR:
		here()->hcr = value;
		break;
	case GICH_VMCR:
		here()->vmcr = value;
		break;
	case GICH_APR:
		here()->ap[0] = value;
		break;
	default:
		assert(reg >= GICH_LR);
		machine_set_lr((reg - GICH_LR) / 4, value);
		break;
	}
}

/* ---------------------------------------------------------------- registers in memory */

/* An SPI gets a target of the VM's own CPUs, and one alone. */
static void route(unsigned intid, uint8_t value)
{
	bool ours = machine.unknown && value == 0;

	assert(intid >= 32 && intid < INTIDS && machine_is_hardware(intid));
	for (unsigned i = 0; i < machine.vcpus; i++)
		ours = ours || value == version_route(i);
	assert(ours);
	machine.route[intid] = value;
}

void raw_write8(uint64_t pa, uint8_t value)
{
	assert(pa >= GICD + GIC_ITARGETSR && pa < GICD + GIC_ICFGR);
	machine.hardware_writes++;
	machine.accesses++;
	route((unsigned)(pa - GICD - GIC_ITARGETSR), value);
}

uint32_t raw_read32(uint64_t pa)
{
	assert(pa % 4 == 0);
	if (pa >= GICH)
		return gich_read((uint32_t)(pa - GICH));
	if (pa == GICD + GICD_CTLR) /* that what was written before has arrived */
		return 0;
	assert(pa > GICD && pa < GICD + GICD_FRAME_SIZE);
	return machine_read_bits(machine.here, (uint32_t)(pa - GICD));
}

void raw_write32(uint64_t pa, uint32_t value)
{
	assert(pa % 4 == 0);
	if (pa >= GICH) {
		gich_write((uint32_t)(pa - GICH), value);
	} else if (pa == GICC + GICC_DIR) {
		machine_deactivate(value);
	} else {
		assert(pa > GICD && pa < GICD + GICD_FRAME_SIZE);
		machine_write_bits(machine.here, (uint32_t)(pa - GICD), value);
	}
}

uint64_t raw_read64(uint64_t pa)
{
	(void)pa;
	abort();
}

void raw_write64(uint64_t pa, uint64_t value)
{
	(void)pa;
	(void)value;
	abort();
}

/* ---------------------------------------------------------------- the guest */

uint32_t guest_read_bits(unsigned cpu, unsigned pe, unsigned b, uint32_t reg)
{
	assert(b || cpu == pe);
	return (uint32_t)guest_read(cpu, false, reg + 4 * b, 4);
}

void guest_write_bits(unsigned cpu, unsigned pe, unsigned b, uint32_t reg, uint32_t value)
{
	assert(b || cpu == pe);
	guest_write(cpu, false, reg + 4 * b, 4, value);
}

void guest_set_priority(unsigned cpu, unsigned pe, unsigned intid, uint8_t value)
{
	assert(intid >= 32 || cpu == pe);
	guest_write(cpu, false, GIC_IPRIORITYR + intid, 1, value);
}

void guest_turn_trigger(unsigned cpu, unsigned pe, unsigned intid)
{
	uint64_t reg = GIC_ICFGR + intid / 16 * 4;

	assert(intid >= 32 || cpu == pe);
	guest_write(cpu, false, reg, 4, guest_read(cpu, false, reg, 4) ^ 2u << 2 * (intid % 16));
}

void guest_route(unsigned cpu, unsigned intid, uint8_t targets)
{
	guest_write(cpu, false, GIC_ITARGETSR + intid, 1, targets);
}

uint32_t guest_read_targets(unsigned cpu, unsigned intid)
{
	return (uint32_t)guest_read(cpu, false, GIC_ITARGETSR + intid, 1);
}

uint32_t guest_read_senders(unsigned cpu, unsigned first, unsigned size)
{
	uint32_t reg = rand() % 2 ? GICD_CPENDSGIR : GICD_SPENDSGIR;

	return (uint32_t)guest_read(cpu, false, reg + first, size);
}

void guest_write_senders(unsigned cpu, unsigned first, unsigned size, uint32_t value, bool set)
{
	guest_write(cpu, false, (set ? GICD_SPENDSGIR : GICD_CPENDSGIR) + first, size,
		size == 4 ? value : value & 0xff);
}

void guest_send_sgi(unsigned cpu, unsigned which, uint64_t value)
{
	(void)which;
	guest_write(cpu, false, GICD_SGIR, 4, (uint32_t)value);
}

void guest_sgi(unsigned cpu, unsigned sgi, uint8_t targets, bool others, bool group1)
{
	(void)group1;
	guest_send_sgi(cpu, 0,
		sgi | (uint32_t)targets << GICD_SGIR_TARGETS_SHIFT |
			others * GICD_SGIR_OTHERS << 24);
}

/* GICV_DIR: EL2 does not hear of it but by a count. */
void guest_deactivate(unsigned cpu, unsigned iar)
{
	int n = machine_find_active(cpu, iar & 0x3ff);

	if (!(machine.pcpu[cpu].vmcr & ICH_VMCR_VEOIM))
		return;
	if (n < 0)
		machine_count_end(cpu);
	else
		machine_end_listed(cpu, (unsigned)n);
}
