// SPDX-License-Identifier: Apache-2.0
/*
 * What a CPU looks like to its guest: reset state, identification, aborts, system registers, PMU,
 * FP.
 */
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "mmu.h"
#include "print.h"
#include "psci.h"
#include "test.h"

const char test_name[] = "traps";

/* Addresses where nothing is, in QEMU's `virt` and in our VMs: between devices, above RAM, at the
 * end of 39 bits. */
static const uint64_t holes[] = {0x0b000000, 0x3000000000, 0x7ffffff000};

static void reset_state(const struct cpu *cpu, const char *how)
{
	const struct reset_state *reset = &cpu->reset;
	uint32_t n = cpu->index;

	check_equal(reset->currentel >> 2, 1, "CPU %u, %s: starts at EL1", n, how);
	check_equal(reset->spsel, 1, "CPU %u, %s: with SP_EL1", n, how);
	check_equal(reset->daif, 0x3c0, "CPU %u, %s: all exceptions masked", n, how);
	check_equal(reset->sctlr & 0x1005, 0, "CPU %u, %s: MMU and caches off", n, how);
	check_equal(reset->sctlr & 1u << 25, 0, "CPU %u, %s: little endian", n, how);
	check_equal(reset->mdscr & 0xa001, 0, "CPU %u, %s: debug events off", n, how);
	check_equal((reset->cntv_ctl | reset->cntp_ctl) & 1, 0, "CPU %u, %s: timers off", n, how);
	check_equal(reset->pmcr & 1, 0, "CPU %u, %s: PMU off", n, how);
}

static void seen(struct cpu *cpu)
{
	cpu->argument = read_sysreg(mpidr_el1);
}

/* What a guest leaves behind must not be there when its CPU starts again. */
static void leave_traces(struct cpu *cpu)
{
	write_sysreg(mdscr_el1, 1u << 15 | 1u << 13);
	write_sysreg(pmcr_el0, 1);
	write_sysreg(cntv_cval_el0, ~0ull >> 1);
	write_sysreg(cntv_ctl_el0, 1);
	write_sysreg(cntp_cval_el0, ~0ull >> 1);
	write_sysreg(cntp_ctl_el0, 1);
	cpu->argument = 1;
}

static void secondaries(void)
{
	for (uint32_t i = 1; i < cpu_count; i++) {
		if (!check(cpu_start(i, leave_traces, 0) && cpu_wait_off(i), "CPU %u starts", i))
			continue;
		reset_state(&cpus[i], "by CPU_ON");
		if (!check(cpu_start(i, seen, 0) && cpu_wait_off(i), "CPU %u starts again", i))
			continue;
		reset_state(&cpus[i], "by a second CPU_ON");
		check_equal(cpus[i].argument & 0xff00ffffff, cpus[i].mpidr,
			"CPU %u: MPIDR_EL1 is the device tree's", i);
	}
}

static void identity(void)
{
	uint64_t pfr0 = read_sysreg(id_aa64pfr0_el1);
	uint64_t pfr1 = read_sysreg(id_aa64pfr1_el1);
	uint64_t dfr0 = read_sysreg(id_aa64dfr0_el1);

	check_equal(read_sysreg(mpidr_el1) & 0xff00ffffff, cpus[0].mpidr,
		"MPIDR_EL1 is the device tree's");
	check_equal(read_sysreg(mpidr_el1) >> 30 & 3, 2, "MPIDR_EL1: one of several CPUs");
	check((pfr0 >> 4 & 0xf) == 1 || (pfr0 >> 4 & 0xf) == 2, "ID_AA64PFR0_EL1: EL1 is there");
	check_equal(pfr0 >> 24 & 0xf, 1, "ID_AA64PFR0_EL1: GICv3 system registers");
	if (!on_plain) {
		check_equal(pfr0 >> 28 & 0xff, 0, "ID_AA64PFR0_EL1: no RAS, no SVE");
		check_equal(pfr0 >> 44 & 0xf, 0, "ID_AA64PFR0_EL1: no AMU");
		check_equal(pfr1 >> 8 & 0xf, 0, "ID_AA64PFR1_EL1: no MTE");
		check_equal(pfr1 >> 24 & 0xf, 0, "ID_AA64PFR1_EL1: no SME");
		check_equal(dfr0 >> 4 & 0xf, 0, "ID_AA64DFR0_EL1: no trace registers");
		check_equal(dfr0 >> 32 & 0xff, 0, "ID_AA64DFR0_EL1: no SPE");
		check_equal(
			dfr0 >> 40 & 0xff, 0, "ID_AA64DFR0_EL1: no trace filter, no trace buffer");
	}
	check_equal(read_sysreg(S3_0_C0_C4_7) | read_sysreg(S3_0_C0_C7_7), 0,
		"reserved ID registers read 0");
	print("# MIDR 0x%lx, PFR0 0x%lx, PFR1 0x%lx, DFR0 0x%lx, ISAR1 0x%lx, MMFR0 0x%lx\n",
		read_sysreg(midr_el1), pfr0, pfr1, dfr0, read_sysreg(id_aa64isar1_el1),
		read_sysreg(id_aa64mmfr0_el1));
}

static void abort_is(struct fault fault, uint64_t address, bool write, const char *how)
{
	check(fault.taken && ESR_EC(fault.esr) == EC_DATA_ABORT &&
			ESR_FSC(fault.esr) == FSC_EXTERNAL && fault.far == address &&
			ESR_WNR(fault.esr) == write && !(fault.esr & 1u << 10),
		"%s at 0x%lx: synchronous external abort", how, address);
	if (fault.taken && (ESR_FSC(fault.esr) != FSC_EXTERNAL || fault.far != address ||
				   ESR_WNR(fault.esr) != write))
		print("#   ESR 0x%lx, FAR 0x%lx\n", fault.esr, fault.far);
}

static void data_aborts(uint64_t hole, const char *mmu)
{
	uint64_t low, high, base = hole;

	print("# %s\n", mmu);
	abort_is(EXPECT(read8(hole + 1)), hole + 1, false, "byte load");
	abort_is(EXPECT(read16(hole + 2)), hole + 2, false, "halfword load");
	abort_is(EXPECT(read32(hole)), hole, false, "word load");
	abort_is(EXPECT(read64(hole + 8)), hole + 8, false, "doubleword load");
	abort_is(EXPECT(write8(hole + 3, 1)), hole + 3, true, "byte store");
	abort_is(EXPECT(write32(hole + 4, 1)), hole + 4, true, "word store");
	abort_is(EXPECT(write64(hole, 1)), hole, true, "doubleword store");
	abort_is(EXPECT(__asm__ volatile("ldp %0, %1, [%2]"
					 : "=r"(low), "=r"(high)
					 : "r"(hole))),
		hole, false, "load of a pair");
	abort_is(EXPECT(__asm__ volatile("stp xzr, xzr, [%0]" ::"r"(hole))), hole, true,
		"store of a pair");
	abort_is(EXPECT(__asm__ volatile("str xzr, [%0, #16]!"
					 : "+r"(base))),
		hole + 16, true, "store with write-back");
	check_equal(base, hole, "its base register is unchanged");
	abort_is(EXPECT(__asm__ volatile("ldar %w0, [%1]"
					 : "=r"(low)
					 : "r"(hole))),
		hole, false, "load-acquire");
	abort_is(EXPECT(__asm__ volatile(".arch_extension fp\n\tldr d0, [%0]" ::"r"(hole))), hole,
		false, "FP load");
}

static void fetch_abort(uint64_t hole)
{
	struct fault fault;

	mmu_make_executable(hole);
	fault = EXPECT(((void (*)(void))hole)());
	check(fault.taken && ESR_EC(fault.esr) == EC_INSTRUCTION_ABORT &&
			ESR_FSC(fault.esr) == FSC_EXTERNAL && fault.far == hole &&
			fault.elr == hole,
		"instruction fetch at 0x%lx: synchronous external abort", hole);
	if (fault.taken)
		print("#   ESR 0x%lx, FAR 0x%lx\n", fault.esr, fault.far);
}

static void aborts(void)
{
	for (uint32_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
		data_aborts(holes[i], "MMU on");
	mmu_disable();
	struct fault load = EXPECT(read32(holes[0]));
	struct fault store = EXPECT(write32(holes[0] + 4, 0));

	mmu_enable();
	abort_is(load, holes[0], false, "MMU off: word load");
	abort_is(store, holes[0] + 4, true, "MMU off: word store");
	fetch_abort(holes[1]);
}

#define UNDEFINED(instruction, what)                                                               \
	({                                                                                         \
		struct fault fault_ = EXPECT(__asm__ volatile(instruction ::: "x0", "memory"));    \
		check(fault_.taken &&ESR_EC(fault_.esr) == EC_UNKNOWN, "undefined: %s", what);     \
		if (fault_.taken && ESR_EC(fault_.esr) != EC_UNKNOWN)                              \
			print("#   ESR 0x%lx\n", fault_.esr);                                      \
	})

static void undefined(void)
{
	UNDEFINED("udf #0", "UDF");
	UNDEFINED("mrs x0, S3_4_C1_C1_0", "HCR_EL2");
	UNDEFINED("msr S3_4_C1_C1_0, xzr", "write of HCR_EL2");
	UNDEFINED("mrs x0, S3_4_C2_C1_0", "VTTBR_EL2");
	UNDEFINED("mrs x0, S3_4_C12_C9_5", "ICC_SRE_EL2");
	UNDEFINED("mrs x0, S3_4_C12_C11_0", "ICH_HCR_EL2");
	UNDEFINED("mrs x0, S3_6_C1_C1_0", "SCR_EL3");
	UNDEFINED("mrs x0, S3_6_C12_C12_5", "ICC_SRE_EL3");
	UNDEFINED("at s12e1r, xzr", "AT S12E1R");
	UNDEFINED("tlbi alle1", "TLBI ALLE1");
	UNDEFINED("mrs x0, S2_1_C0_C1_0", "TRCPRGCTLR");
	UNDEFINED("msr S2_1_C0_C1_0, xzr", "write of TRCPRGCTLR");
	UNDEFINED("mrs x0, S2_1_C7_C14_6", "TRCAUTHSTATUS");
	UNDEFINED("mrs x0, S3_0_C15_C15_7", "an unknown register of the implementation");
	UNDEFINED("mrs x0, S3_0_C5_C15_7", "an unknown register");
	UNDEFINED("msr S3_3_C13_C15_7, x0", "write of an unknown register");
	UNDEFINED("mrs x0, S3_0_C9_C9_0", "PMSCR_EL1 (SPE)");
	UNDEFINED("mrs x0, S3_0_C9_C11_0", "TRBLIMITR_EL1");
	if (on_plain) {
		skip("undefined: registers of SVE, SME, MTE, RAS, AMU, LOR, and SMC to the firmware");
		return;
	}
	write_sysreg(cpacr_el1, 3u << 24 | 3u << 20 | 3u << 16); /* what EL1 itself could trap */
	isb();
	UNDEFINED("mrs x0, S3_0_C1_C2_0", "ZCR_EL1 (SVE)");
	UNDEFINED(".inst 0x04bf5020", "RDVL (SVE)");
	UNDEFINED("mrs x0, S3_0_C1_C2_6", "SMCR_EL1 (SME)");
	UNDEFINED("mrs x0, S3_0_C1_C0_6", "GCR_EL1 (MTE)");
	UNDEFINED("mrs x0, S3_0_C5_C3_0", "ERRIDR_EL1 (RAS)");
	UNDEFINED("mrs x0, S3_3_C13_C2_0", "AMCR_EL0 (AMU)");
	UNDEFINED("mrs x0, S3_0_C15_C2_0", "CPUACTLR_EL1 of the implementation");
}

static void debug_registers(void)
{
	uint64_t breakpoint = 1, watchpoint = 1, status = 0;
	struct fault fault = EXPECT({
		breakpoint = read_sysreg(dbgbcr0_el1);
		watchpoint = read_sysreg(dbgwcr0_el1);
		status = read_sysreg(oslsr_el1);
	});

	check(!fault.taken, "debug registers can be read");
	check_equal((breakpoint | watchpoint) & 1, 0, "no breakpoint and no watchpoint is on");
	check_equal(status & 0xb, 0xa, "OSLSR_EL1: the OS lock is there, and locked as at reset");
	/* What Linux does to each CPU as it starts. */
	fault = EXPECT({
		write_sysreg(oslar_el1, 0);
		write_sysreg(mdscr_el1, 0);
		write_sysreg(dbgbvr0_el1, 0);
		write_sysreg(dbgbcr0_el1, 0);
		write_sysreg(dbgwvr0_el1, 0);
		write_sysreg(dbgwcr0_el1, 0);
		isb();
	});
	check(!fault.taken, "debug registers can be written as Linux does at its start");
}

/* Counters that are to count in EL2 alone. */
static void pmu_of_el2(void)
{
	const uint64_t el2_alone = 1u << 31 | 1 << 30 | 1 << 27, cpu_cycles = 0x11;

	if ((read_sysreg(id_aa64dfr0_el1) >> 8 & 0xf) < 6) {
		print("# PMU: without FEAT_PMUv3p5, guests can count the cycles of EL2\n");
		return;
	}
	write_sysreg(pmccfiltr_el0, el2_alone);
	write_sysreg(pmevtyper0_el0, el2_alone | cpu_cycles);
	write_sysreg(pmcntenset_el0, 1u << 31 | 1);
	write_sysreg(pmcr_el0, 1u << 6 | 7);
	isb();
	for (uint32_t i = 0; i < 1000; i++)
		hvc_call(PSCI_FN_VERSION, 0, 0, 0);
	isb();
	check_equal(
		read_sysreg(pmccntr_el0), 0, "PMU: the cycles of EL2 are not the guest's to count");
	check_equal(read_sysreg(pmevcntr0_el0), 0, "PMU: nor are its events");
	write_sysreg(pmcntenclr_el0, 1u << 31 | 1);
	write_sysreg(pmccfiltr_el0, 0);
	isb();
}

static void pmu(void)
{
	uint64_t counters = read_sysreg(pmcr_el0) >> 11 & 0x1f;
	struct cpu *cpu = this_cpu();
	uint64_t before;

	check(counters > 0, "PMU: event counters are there");
	print("# %lu event counters\n", counters);
	write_sysreg(pmccfiltr_el0, 0);
	write_sysreg(pmcntenset_el0, 1u << 31 | 1);
	write_sysreg(pmcr_el0, 1u << 6 | 7);
	isb();
	before = read_sysreg(pmccntr_el0);
	check(WAIT_FOR(read_sysreg(pmccntr_el0) != before, LONG), "PMU: the cycle counter counts");
	write_sysreg(pmevtyper0_el0, 0); /* SW_INCR */
	write_sysreg(pmevcntr0_el0, 0);
	isb();
	for (uint32_t i = 0; i < 3; i++)
		write_sysreg(pmswinc_el0, 1);
	isb();
	check_equal(read_sysreg(pmevcntr0_el0), 3, "PMU: software increments are counted");
	write_sysreg(pmcntenclr_el0, 1u << 31);
	isb();
	before = read_sysreg(pmccntr_el0);
	check_equal(read_sysreg(pmccntr_el0), before, "PMU: a stopped counter stands still");
	pmu_of_el2();

	uint32_t intid = fdt_intid(fdt_compatible("arm,armv8-pmuv3"), 0);

	if (!check_equal(intid, 23, "PMU: its interrupt is PPI 7"))
		return;
	gic_prepare(cpu, intid);
	gic_forget(cpu);
	write_sysreg(pmovsclr_el0, 0xffffffff);
	write_sysreg(pmintenset_el1, 1);
	write_sysreg(pmovsset_el0, 1);
	isb();
	check(WAIT_FOR(gic_read(cpu, GICD_ISPENDR, intid), LONG),
		"PMU: overflow is pending in the GIC");
	check_equal(read_sysreg(ICC_IAR1_EL1), intid, "PMU: overflow interrupt");
	write_sysreg(pmovsclr_el0, 1);
	isb();
	write_sysreg(ICC_EOIR1_EL1, intid);
	check(!gic_take(cpu, 1, SHORT), "PMU: no interrupt after the overflow is cleared");
	write_sysreg(pmintenclr_el1, 1);
	write_sysreg(pmcr_el0, 0);
	gic_write(cpu, GICD_ICENABLER, intid);
}

/* FP and SIMD registers keep their values over exits of every kind. */
static bool simd_survives(void)
{
	uint64_t low, high;

	__asm__ volatile(
		".arch_extension simd\n\tmov v0.d[0], %0\n\tmov v0.d[1], %1\n\tmov v31.16b, v0.16b" ::
			"r"(0x0123456789abcdefull),
		"r"(0xfedcba9876543210ull));
	hvc_call(PSCI_FN_VERSION, 0, 0, 0);
	read32(gicd_base + GICD_TYPER);
	gic_sgi(this_cpu(), 1);
	gic_take(this_cpu(), 1, LONG);
	EXPECT(read32(holes[0]));
	__asm__ volatile(".arch_extension simd\n\tmov %0, v31.d[0]\n\tmov %1, v31.d[1]"
			 : "=r"(low), "=r"(high));
	return low == 0x0123456789abcdef && high == 0xfedcba9876543210;
}

static void floating_point(void)
{
	uint64_t result;

	__asm__ volatile(
		".arch_extension fp\n\tscvtf d0, %1\n\tscvtf d1, %2\n\tfmul d0, d0, d1\n\tfcvtzs %0, d0"
		: "=r"(result)
		: "r"(1234ll), "r"(5678ll));
	check_equal(result, 1234 * 5678, "FP computes");
	gic_prepare(this_cpu(), 1);
	gic_forget(this_cpu());
	check(simd_survives(), "SIMD registers survive exits");
	write_sysreg(cpacr_el1, 0);
	isb();
	struct fault fault = EXPECT(__asm__ volatile(".arch_extension fp\n\tfmov d0, xzr"));

	write_sysreg(cpacr_el1, 3u << 20);
	isb();
	check(fault.taken && ESR_EC(fault.esr) == 7,
		"CPACR_EL1 traps FP to EL1, as without a hypervisor");
}

/* The hypervisor answers these calls; the firmware sees none of them. */
static void firmware(void)
{
	if (on_plain)
		return;
	check_equal((uint64_t)smc_call(0xc4000003, 0x7f, 0x40000000, 0),
		(uint64_t)PSCI_INVALID_PARAMETERS,
		"SMC CPU_ON of a CPU of the machine that the VM has not");
	check_equal((uint64_t)smc_call(0xc2000001, 1, 2, 3), (uint64_t)PSCI_NOT_SUPPORTED,
		"SMC to the silicon provider");
	check_equal((uint64_t)smc_call(0x84000050, 0, 0, 0), (uint64_t)PSCI_NOT_SUPPORTED,
		"SMC to the random number service");
}

/* Set/way and address maintenance, TLB maintenance: ordinary instructions of EL1. */
static void maintenance(void)
{
	static uint64_t word = 0x1234;
	struct fault fault = EXPECT({
		__asm__ volatile("dc isw, xzr; dc csw, xzr; dc cisw, xzr; dsb sy" ::: "memory");
		__asm__ volatile(
			"dc civac, %0; dc ivac, %0; ic ialluis; ic ivau, %0; dsb sy; isb" ::"r"(
				&word)
			: "memory");
		__asm__ volatile("tlbi vmalle1is; dsb ish; isb" ::: "memory");
	});

	check(!fault.taken, "cache and TLB maintenance");
	check_equal(word, 0x1234, "memory is as it was after cache maintenance");
}

void test_main(void)
{
	check(dtb_address && dtb_address % 8 == 0, "x0 is a device tree, 8-byte aligned");
	check_equal(
		cpus[0].reset.x[1] | cpus[0].reset.x[2] | cpus[0].reset.x[3], 0, "x1 to x3 are 0");
	reset_state(&cpus[0], "at boot");
	debug_registers();
	identity();
	aborts();
	undefined();
	maintenance();
	pmu();
	floating_point();
	firmware();
	secondaries();
}
