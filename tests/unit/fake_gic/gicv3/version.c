/* SPDX-License-Identifier: Apache-2.0 */
/* The fake machine's GICv3: redistributors, and a CPU interface by system registers. */
#include "version.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fake_gic/parts.h"
#include "hw/mmio_raw.h"
#include "ich.h"
#include "vgic/frames.h"

#define GICR 0x080a0000ull

const struct system_config system_config = {.arch = {.gicd = GICD}};
const struct frames machine_frames = {vgicd_read, vgicr_read, vgicd_write, vgicr_write};

uint64_t version_route(unsigned cpu)
{
	return 0x0100000200ull + 3 * cpu; /* its affinity, which is not what the guest sees */
}

/* ICC_SGI1R_EL1 that sends EL2's own SGI there. */
static uint64_t kick_of(unsigned cpu)
{
	uint64_t mpidr = version_route(cpu);

	return 1ull << (mpidr & 15) | (mpidr >> 8 & 0xff) << 16 | 15u << 24 |
	       (mpidr >> 16 & 0xff) << 32 | (mpidr >> 32 & 0xff) << 48;
}

void version_configure(unsigned cpu, struct arch_vcpu_config *config)
{
	config->mpidr = version_route(cpu);
	config->gicr = GICR + cpu * GICR_SIZE;
	config->kick = kick_of(cpu);
}

/* ---------------------------------------------------------------- system registers */

uint64_t ich_lr(unsigned n)
{
	return machine_lr(n);
}

void ich_set_lr(unsigned n, uint64_t value)
{
	machine_set_lr(n, value);
}

uint32_t ich_elrsr(void)
{
	return machine_elrsr();
}

uint32_t ich_eisr(void)
{
	return machine_eisr();
}

uint64_t ich_hcr(void)
{
	return here()->hcr;
}

void ich_set_hcr(uint64_t value)
{
	here()->hcr = value;
}

uint64_t ich_vmcr(void)
{
	return here()->vmcr;
}

void ich_set_vmcr(uint64_t value)
{
	here()->vmcr = value;
}

uint64_t ich_vtr(void)
{
	return (machine.lrs - 1) | 4u << 26 | ICH_VTR_TDS;
}

uint64_t ich_trap_dir(void)
{
	return ICH_HCR_TDIR;
}

bool ich_ends_are_named(void)
{
	return here()->vmcr & ICH_VMCR_VEOIM;
}

void ich_clear_active_priorities(unsigned bits)
{
	assert(bits == 5);
	here()->ap[0] = here()->ap[1] = 0;
}

void icc_enable_guest(void)
{
}

void icc_deactivate(uint32_t intid)
{
	machine_deactivate(intid);
}

static void send_sgi(uint64_t value)
{
	unsigned sgi = value >> 24 & 15;

	assert(sgi < 15); /* EL2's own is not the guest's to send */
	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++)
		if ((value & ~(15ull << 24)) == (kick_of(cpu) & ~(15ull << 24))) {
			machine.sgis[cpu] |= 1u << sgi;
			return;
		}
	assert(0 && "an SGI to a pCPU of others");
}

static uint64_t *sysreg(const char *name)
{
	if (!strcmp(name, "icc_ctlr_el1"))
		return &here()->control;
	if (!strcmp(name, "icc_pmr_el1"))
		return &here()->mask;
	if (!strcmp(name, "icc_igrpen1_el1"))
		return &here()->enable;
	if (!strcmp(name, "hcr_el2"))
		return &here()->routing;
	return NULL;
}

uint64_t machine_sysreg(const char *name)
{
	uint64_t *value = sysreg(name);

	assert(value || !strcmp(name, "icc_rpr_el1"));
	return value ? *value : 0xff;
}

void machine_set_sysreg(const char *name, uint64_t value)
{
	uint64_t *stored = sysreg(name);

	machine.accesses++;
	if (stored)
		*stored = value;
	else if (!strcmp(name, "icc_sgi1r_el1"))
		send_sgi(value);
	else if (!strcmp(name, "icc_dir_el1"))
		icc_deactivate((uint32_t)value);
	else
		assert(!strcmp(name, "icc_bpr1_el1"));
}

/* ---------------------------------------------------------------- registers in memory */

/* The pCPU and the offset behind an address: of SGIs and PPIs in a redistributor alone. */
static uint32_t decode(uint64_t pa, unsigned *cpu)
{
	uint32_t offset;

	*cpu = 0;
	if (pa >= GICD && pa < GICD + 0x10000)
		return (uint32_t)(pa - GICD);
	assert(pa >= GICR && pa < GICR + MAX_VCPUS * GICR_SIZE);
	*cpu = (unsigned)((pa - GICR) / GICR_SIZE);
	offset = (uint32_t)((pa - GICR) % GICR_SIZE);
	assert(offset >= GICR_FRAME);
	offset -= GICR_FRAME;
	assert((offset < GIC_IPRIORITYR && offset % 0x80 == 0) || offset / 8 == GIC_ICFGR / 8 ||
		offset / 32 == GIC_IPRIORITYR / 32);
	return offset;
}

/* The same of a word; of SPIs in the distributor alone. */
static uint32_t decode_word(uint64_t pa, unsigned *cpu)
{
	uint32_t offset = decode(pa, cpu);

	assert(pa >= GICR ||
		(offset < GIC_IPRIORITYR ? (offset & 0x7f) >= 4 : offset >= GIC_ICFGR + 8));
	return offset;
}

void raw_write8(uint64_t pa, uint8_t value)
{
	unsigned cpu, intid;
	uint32_t offset = decode(pa, &cpu);

	intid = offset - GIC_IPRIORITYR;
	assert(offset >= GIC_IPRIORITYR && intid < INTIDS && (pa >= GICR || intid >= 32));
	assert(machine_is_hardware(intid) && value >= LEAST_PRIORITY);
	machine.hardware_writes++;
	machine.accesses++;
	machine_physical(cpu, intid)->priority = value;
}

uint32_t raw_read32(uint64_t pa)
{
	uint32_t offset;
	unsigned cpu;

	/* RWP: this GIC takes no time. */
	if (pa == GICD + GICD_CTLR || (pa >= GICR && (pa - GICR) % GICR_SIZE == GICR_CTLR))
		return 0;
	offset = decode_word(pa, &cpu);
	return machine_read_bits(cpu, offset);
}

void raw_write32(uint64_t pa, uint32_t value)
{
	unsigned cpu;
	uint32_t offset = decode_word(pa, &cpu);

	machine_write_bits(cpu, offset, value);
}

uint64_t raw_read64(uint64_t pa)
{
	(void)pa;
	abort();
}

void raw_write64(uint64_t pa, uint64_t value)
{
	uint64_t intid = (pa - GICD - GICD_IROUTER) / 8;
	bool ours = false;

	assert(pa % 8 == 0 && pa >= GICD + GICD_IROUTER + 8 * 32 && intid < INTIDS);
	assert(machine_is_hardware((unsigned)intid));
	for (unsigned i = 0; i < machine.vcpus; i++)
		ours = ours || value == version_route(i); /* no other pCPU, no IRM */
	assert(ours);
	machine.hardware_writes++;
	machine.accesses++;
	machine.route[intid] = value;
}

/* ---------------------------------------------------------------- the guest */

uint32_t guest_read_bits(unsigned cpu, unsigned pe, unsigned b, uint32_t reg)
{
	uint64_t base = b ? 4 * b : pe * (uint64_t)GICR_SIZE + GICR_FRAME;

	return (uint32_t)guest_read(cpu, !b, base + reg, 4);
}

void guest_write_bits(unsigned cpu, unsigned pe, unsigned b, uint32_t reg, uint32_t value)
{
	uint64_t base = b ? 4 * b : pe * (uint64_t)GICR_SIZE + GICR_FRAME;

	guest_write(cpu, !b, base + reg, 4, value);
}

void guest_set_priority(unsigned cpu, unsigned pe, unsigned intid, uint8_t value)
{
	uint64_t base = intid < 32 ? pe * (uint64_t)GICR_SIZE + GICR_FRAME : 0;

	guest_write(cpu, intid < 32, base + GIC_IPRIORITYR + intid, 1, value);
}

void guest_turn_trigger(unsigned cpu, unsigned pe, unsigned intid)
{
	uint64_t base = intid < 32 ? pe * (uint64_t)GICR_SIZE + GICR_FRAME : 0;
	uint64_t reg = base + GIC_ICFGR + intid / 16 * 4;
	uint64_t old = guest_read(cpu, intid < 32, reg, 4);

	guest_write(cpu, intid < 32, reg, 4, old ^ 2u << 2 * (intid % 16));
}

void guest_send_sgi(unsigned cpu, unsigned which, uint64_t value)
{
	enter(cpu);
	vgic_send_sgi(machine_vcpu(cpu), (enum sgi_register)which, value);
	leave();
}

void guest_sgi(unsigned cpu, unsigned sgi, uint8_t targets, bool others, bool group1)
{
	guest_send_sgi(cpu, group1 ? ICC_SGI1R : ICC_SGI0R,
		(uint64_t)sgi << 24 | (others ? SGIR_IRM : targets));
}

void guest_route(unsigned cpu, unsigned intid, uint8_t targets)
{
	guest_write(cpu, false, GICD_IROUTER + 8 * intid, 8,
		targets ? (uint64_t)(unsigned)__builtin_ctz(targets) : 0x7700000000ul);
}

/* What a GICv3 has not. */

uint32_t guest_read_targets(unsigned cpu, unsigned intid)
{
	(void)cpu;
	(void)intid;
	return 0;
}

uint32_t guest_read_senders(unsigned cpu, unsigned first, unsigned size)
{
	(void)cpu;
	(void)first;
	(void)size;
	return 0;
}

void guest_write_senders(unsigned cpu, unsigned first, unsigned size, uint32_t value, bool set)
{
	(void)cpu;
	(void)first;
	(void)size;
	(void)value;
	(void)set;
}

void guest_deactivate(unsigned cpu, unsigned iar)
{
	assert(machine.pcpu[cpu].hcr & ICH_HCR_TDIR);
	enter(cpu);
	vgic_deactivate(machine_vcpu(cpu), iar);
	leave();
}
