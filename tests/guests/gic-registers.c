// SPDX-License-Identifier: Apache-2.0
/*
 * Registers of the distributor and the redistributors: reset values, what reads back, what does
 * not.
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "test.h"

const char test_name[] = "gic-registers";

/* Of the interrupts below 32, those that a VM has: SGIs, PMU, virtual and physical timer. */
#define OWNED (0x48800000u | ((1u << gic_sgis()) - 1))

static uint32_t uart_intid;

static uint64_t sgi_frame(const struct cpu *cpu)
{
	return cpu->gicr + GICR_SGI;
}

static void reset_values(void)
{
	check_equal(gic_reset.ctlr & ~GICD_CTLR_ARE, GICD_CTLR_DS,
		"at reset GICD_CTLR has both groups disabled, and DS = 1");
	check_equal(gic_reset.waker, GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP,
		"at reset GICR_WAKER is asleep");
	check_equal(gic_reset.enabled, 0, "at reset no SGI or PPI is enabled");
	check_equal(gic_reset.pending, 0, "at reset no SGI or PPI is pending");
	check_equal(gic_reset.active, 0, "at reset no SGI or PPI is active");
	check_equal(gic_reset.pmr, 0, "at reset ICC_PMR_EL1 masks everything");
	check_equal(gic_reset.igrpen0 | gic_reset.igrpen1, 0,
		"at reset both groups are disabled at the CPU");
	check_equal(
		gic_reset.icc_ctlr & 3, 0, "at reset ICC_CTLR_EL1 has EOImode = 0 and CBPR = 0");
	check_equal(gic_reset.rpr, 0xff, "at reset the running priority is idle");
	check_equal(gic_reset.hppir1, SPURIOUS, "at reset nothing is pending at the CPU");
}

static void control(void)
{
	uint32_t groups = GICD_CTLR_GROUP0 | GICD_CTLR_GROUP1,
		 group0 = is_direct ? 0 : GICD_CTLR_GROUP0;

	write32(gicd_base + GICD_CTLR, 0);
	gic_wait_rwp(0);
	check_equal(read32(gicd_base + GICD_CTLR), GICD_CTLR_ARE | GICD_CTLR_DS,
		"GICD_CTLR: ARE and DS are fixed at 1");
	write32(gicd_base + GICD_CTLR, GICD_CTLR_GROUP1);
	gic_wait_rwp(0);
	check_equal(read32(gicd_base + GICD_CTLR) & groups, GICD_CTLR_GROUP1,
		"GICD_CTLR: Group 1 alone can be enabled");
	write32(gicd_base + GICD_CTLR, GICD_CTLR_GROUP0);
	gic_wait_rwp(0);
	check_equal(read32(gicd_base + GICD_CTLR) & groups, group0,
		is_direct ? "GICD_CTLR: Group 0 cannot be enabled"
			  : "GICD_CTLR: Group 0 alone can be enabled");
	write32(gicd_base + GICD_CTLR, groups);
	gic_wait_rwp(0);
	check_equal(read32(gicd_base + GICD_CTLR),
		GICD_CTLR_ARE | GICD_CTLR_DS | GICD_CTLR_GROUP1 | group0, "GICD_CTLR: both groups");
}

static void identification(void)
{
	uint32_t typer = read32(gicd_base + GICD_TYPER);

	check((typer >> 10 & 1) == 0, "GICD_TYPER: one security state");
	check(((typer & 0x1f) + 1) * 32 > uart_intid, "GICD_TYPER: the UART's interrupt is there");
	check((typer >> 19 & 0x1f) >= 9, "GICD_TYPER: at least 10 bits of INTID");
	print("# GICD_TYPER 0x%x, GICD_IIDR 0x%x\n", typer, read32(gicd_base + GICD_IIDR));
	check_equal(read32(gicd_base + GICD_PIDR2) >> 4 & 0xf, 3, "GICD_PIDR2: GICv3");
	if (on_plain) {
		skip("GICD_TYPER: no 1 of N, no LPIs, no message-based SPIs");
	} else {
		check_equal(typer >> 25 & 1, 1, "GICD_TYPER: No1N");
		check_equal(typer >> 16 & 3, 0, "GICD_TYPER: no LPIs, no message-based SPIs");
	}
	for (uint32_t i = 0; i < cpu_count; i++) {
		uint64_t gicr = cpus[i].gicr;
		uint64_t type = read64(gicr + GICR_TYPER);
		uint64_t affinity = (cpus[i].mpidr >> 32 & 0xff) << 24 | (cpus[i].mpidr & 0xffffff);

		check_equal(gicr, gicr_base + (uint64_t)i * GICR_FRAME,
			"CPU %u: redistributor frames are in CPU order", i);
		check_equal(type >> 32, affinity, "CPU %u: GICR_TYPER has its affinity", i);
		check_equal(type >> 8 & 0xffff, i, "CPU %u: GICR_TYPER has its number", i);
		check_equal(type & GICR_TYPER_LAST, i == cpu_count - 1 ? GICR_TYPER_LAST : 0,
			"CPU %u: GICR_TYPER.Last on the last one alone", i);
		check_equal(
			(uint64_t)read32(gicr + GICR_TYPER + 4) << 32 | read32(gicr + GICR_TYPER),
			type, "CPU %u: GICR_TYPER by halves", i);
		check_equal(
			read32(gicr + GICR_PIDR2) >> 4 & 0xf, 3, "CPU %u: GICR_PIDR2: GICv3", i);
		if (!on_plain)
			check_equal(type & 0xb, 0, "CPU %u: GICR_TYPER: no LPIs", i);
	}
}

/* A set and a clear register: each bit of `intid` goes on and off, and no other. */
static void set_and_clear(
	const struct cpu *cpu, uint32_t intid, uint32_t set, uint32_t clear, const char *name)
{
	uint64_t set_at = gic_bits(cpu, set, intid);
	uint64_t clear_at = gic_bits(cpu, clear, intid);
	uint32_t bit = 1u << intid % 32;
	uint32_t before = read32(set_at) & ~bit;
	bool ok = true;

	write32(set_at, bit);
	ok = ok && read32(set_at) == (before | bit) && read32(clear_at) == (before | bit);
	write32(set_at, 0);
	write32(clear_at, 0);
	ok = ok && read32(set_at) == (before | bit);
	write32(clear_at, bit);
	if (clear == GICD_ICENABLER)
		gic_wait_rwp(intid < 32 ? cpu : 0);
	ok = ok && read32(set_at) == before && read32(clear_at) == before;
	check(ok, "INTID %u in the frame of CPU %u: %s go on and off", intid, cpu->index, name);
}

static void bits_of(const struct cpu *cpu, uint32_t intid)
{
	uint64_t group = gic_bits(cpu, GICD_IGROUPR, intid);
	uint32_t before = read32(group);
	bool ok;

	gic_write(cpu, GICD_ICENABLER, intid);
	set_and_clear(cpu, intid, GICD_ISENABLER, GICD_ICENABLER, "ISENABLER and ICENABLER");
	set_and_clear(cpu, intid, GICD_ISPENDR, GICD_ICPENDR, "ISPENDR and ICPENDR");
	set_and_clear(cpu, intid, GICD_ISACTIVER, GICD_ICACTIVER, "ISACTIVER and ICACTIVER");
	gic_set_group(cpu, intid, 0);
	ok = read32(group) == (before & ~(1u << intid % 32));
	gic_set_group(cpu, intid, 1);
	check(ok && read32(group) == (before | 1u << intid % 32),
		"INTID %u in the frame of CPU %u: IGROUPR goes on and off", intid, cpu->index);
}

static void priorities(const struct cpu *cpu, uint32_t intid)
{
	uint64_t at = gic_priority(cpu, intid);
	uint64_t word = at & ~3ull;
	uint32_t bits = (uint32_t)(read_sysreg(ICC_CTLR_EL1) >> 8 & 7) + 1;
	uint8_t implemented = (uint8_t)(0xff00 >> bits);
	uint32_t shift = (uint32_t)(at & 3) * 8;
	uint32_t before;

	write8(at, 0xff);
	if (!on_plain) /* QEMU 7.2 stores all eight */
		check_equal(read8(at), implemented,
			"INTID %u of CPU %u: IPRIORITYR has the bits that ICC_CTLR_EL1 says", intid,
			cpu->index);
	write8(at, 0x50);
	before = read32(word);
	check(read8(at) == 0x50 && (before >> shift & 0xff) == 0x50,
		"INTID %u of CPU %u: IPRIORITYR by bytes", intid, cpu->index);
	write32(word, (before & ~(0xffu << shift)) | 0x68u << shift);
	check(read8(at) == 0x68, "INTID %u of CPU %u: IPRIORITYR by words", intid, cpu->index);
	write8(at, 0xa0);
	write32(word, (before & ~(0xffu << shift)) | 0xa0u << shift);
}

static void configuration(const struct cpu *cpu)
{
	uint64_t at = gicd_base + GICD_ICFGR + uart_intid / 16 * 4;
	uint32_t before = read32(at);
	uint32_t bits = 3u << uart_intid % 16 * 2;

	write32(sgi_frame(cpu) + GICD_ICFGR, 0);
	check_equal(read32(sgi_frame(cpu) + GICD_ICFGR), 0xaaaaaaaa,
		"GICR_ICFGR0: SGIs are edge-triggered");
	write32(at, before | bits);
	check_equal(
		read32(at) & bits, bits & 0xaaaaaaaa, "GICD_ICFGR: an SPI can be edge-triggered");
	write32(at, before & ~bits);
	check_equal(read32(at) & bits, 0, "GICD_ICFGR: an SPI can be level-sensitive");
	check_equal(read32(at) & ~bits, before & ~bits, "GICD_ICFGR: other SPIs stay as they are");
}

static void routing(void)
{
	uint64_t at = gicd_base + GICD_IROUTER + 8ull * uart_intid;
	uint64_t last = cpus[cpu_count - 1].mpidr & 0xff00ffffff;

	write64(at, last);
	check_equal(read64(at), last, "GICD_IROUTER reads back");
	check_equal(read32(at), (uint32_t)last, "GICD_IROUTER: low half");
	check_equal(read32(at + 4), last >> 32, "GICD_IROUTER: high half");
	write32(at, (uint32_t)cpus[0].mpidr & 0xffffff);
	check_equal(read64(at), (last & ~0xffffffffull) | (cpus[0].mpidr & 0xffffff),
		"GICD_IROUTER: low half is written alone");
	if (on_plain) {
		skip("GICD_IROUTER.IRM stays 0");
	} else {
		write64(at, 1ull << 31);
		check_equal(read64(at) & 1ull << 31, 0, "GICD_IROUTER.IRM stays 0");
	}
	write64(at, cpus[0].mpidr & 0xff00ffffff);
}

static void waker(const struct cpu *cpu)
{
	write32(cpu->gicr + GICR_WAKER, GICR_WAKER_SLEEP);
	check(WAIT_FOR(read32(cpu->gicr + GICR_WAKER) == (GICR_WAKER_SLEEP | GICR_WAKER_ASLEEP),
		      LONG),
		"CPU %u: GICR_WAKER goes to sleep", cpu->index);
	write32(cpu->gicr + GICR_WAKER, 0);
	check(WAIT_FOR(read32(cpu->gicr + GICR_WAKER) == 0, LONG), "CPU %u: GICR_WAKER wakes up",
		cpu->index);
}

/* True if the register reads 0, also after all ones were written, without an exception. */
static bool reads_zero(uint64_t address)
{
	uint32_t before = 0, after = 0;
	struct fault fault = EXPECT({
		before = read32(address);
		write32(address, ~0u);
		after = read32(address);
	});

	if (before || after || fault.taken)
		print("#   0x%lx: 0x%x, then 0x%x%s\n", address, before, after,
			fault.taken ? ", exception" : "");
	return !before && !after && !fault.taken;
}

static void fixed_at_zero(const struct cpu *cpu)
{
	/*
	 * First and last register of each array that does not exist with affinity routing and one
	 * security state.
	 */
	static const uint32_t distributor[] = {0x000c, 0x0014, 0x001c, 0x003c, GICD_ITARGETSR,
		GICD_ITARGETSR + 64, GICD_IGRPMODR, GICD_IGRPMODR + 4, GICD_NSACR, GICD_NSACR + 8,
		0x0f10, 0x0f20, 0x1000, 0x5ffc};
	static const uint32_t redistributor[] = {0x0018, 0x0100, 0x3ffc, GICR_SGI + GICD_IGRPMODR,
		GICR_SGI + GICD_NSACR, GICR_SGI + 0x1000, GICR_SGI + 0xbffc};
	static const uint32_t banked[] = {GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER,
		GICD_ISPENDR, GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER, GICD_IPRIORITYR,
		GICD_ICFGR};
	uint32_t lines = (read32(gicd_base + GICD_TYPER) & 0x1f) + 1;
	bool ok = true;

	for (uint32_t i = 0; i < sizeof(distributor) / sizeof(distributor[0]); i++)
		ok = reads_zero(gicd_base + distributor[i]) && ok;
	check(ok, "distributor: reserved registers read 0");
	ok = true;
	for (uint32_t i = 0; i < sizeof(redistributor) / sizeof(redistributor[0]); i++)
		ok = reads_zero(cpu->gicr + redistributor[i]) && ok;
	check(ok, "redistributor: reserved registers read 0");
	ok = true;
	for (uint32_t i = 0; i < sizeof(banked) / sizeof(banked[0]); i++)
		ok = reads_zero(gicd_base + banked[i]) && ok;
	check(ok, "distributor: SGIs and PPIs are in the redistributors");
	if (on_plain) {
		skip("distributor: registers of INTIDs past GICD_TYPER read 0");
		return;
	}
	ok = true;
	for (uint32_t i = 0; lines < 32 && i < 7; i++)
		ok = reads_zero(gicd_base + banked[i] + lines * 4) && ok;
	for (uint32_t intid = lines * 32; lines < 32 && intid < 1020; intid += 100)
		ok = reads_zero(gicd_base + GICD_IPRIORITYR + (intid & ~3u)) && ok;
	check(ok, "distributor: registers of INTIDs past GICD_TYPER read 0");
}

/* Bits of interrupts that another owns read 0 and cannot be set. */
static void foreign(const struct cpu *cpu)
{
	static const struct {
		uint32_t set, clear;
	} registers[] = {{GICD_ISENABLER, GICD_ICENABLER}, {GICD_ISPENDR, GICD_ICPENDR},
		{GICD_ISACTIVER, GICD_ICACTIVER}};
	uint32_t seen = 0;
	bool priority = true;

	for (uint32_t i = 0; i < 3; i++) {
		uint64_t at = sgi_frame(cpu) + registers[i].set;

		write32(at, ~OWNED);
		seen |= read32(at) & ~OWNED;
		write32(sgi_frame(cpu) + registers[i].clear, ~OWNED);
	}
	check_equal(seen, 0,
		"CPU %u: PPIs of the hypervisor cannot be enabled, pended or activated",
		cpu->index);
	for (uint32_t intid = 16; intid < 32; intid++) {
		if (OWNED >> intid & 1)
			continue;
		write8(gic_priority(cpu, intid), 0x40);
		priority = priority && read8(gic_priority(cpu, intid)) == 0;
	}
	check(priority, "CPU %u: PPIs of the hypervisor have no priority", cpu->index);
}

void test_main(void)
{
	const struct cpu *self = this_cpu();

	uart_intid = fdt_intid(fdt_compatible("arm,pl011"), 0);
	reset_values();
	control();
	identification();
	for (uint32_t i = 0; i < cpu_count; i++) {
		waker(&cpus[i]);
		for (uint32_t intid = 0; intid < gic_sgis(); intid += 5)
			bits_of(&cpus[i], intid);
		bits_of(&cpus[i], 27);
		bits_of(&cpus[i], 30);
		priorities(&cpus[i], 6);
		priorities(&cpus[i], 27);
		if (!on_plain)
			foreign(&cpus[i]);
	}
	bits_of(self, uart_intid);
	priorities(self, uart_intid);
	configuration(self);
	routing();
	fixed_at_zero(self);
}
