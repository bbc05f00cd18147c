// SPDX-License-Identifier: Apache-2.0
/*
 * Attacks everything around it from all its CPUs. Each word `mode=NAME` on the command line is an attack, carried out
 * in a life of its own in the order of `attacks` below: SYSTEM_RESET comes between two, whatever state the CPUs are in,
 * and what is next is kept in RAM that no image covers. `seed=N` changes everything random. The guest prints what it
 * sees; that nobody else noticed, the test has to ask somebody else.
 */
#include <stddef.h>

#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "mmu.h"
#include "print.h"
#include "psci.h"
#include "string.h"
#include "test.h"
#include "timer.h"

const char test_name[] = "hostile";

enum {
	GIB_SHIFT = 30,
	LIVES = 20,
	RESETS = 100,
	LENGTH = 64,
	SCRATCH = 2 << 20,
	CODE = 4096,
	RET = 0xd65f03c0,
	ERET = 0xd69f03e0,
	BRK_LEAVE = 0xd4200000 | 0x77 << 5,
	EC_BRK = 0x3c,
	EC_SVC32 = 0x11
};

/* VAs that EL0, 32-bit EL0 too, may use: the GiB of RAM, and the one of the devices. */
#define RAM_EL0    (2ull << GIB_SHIFT)
#define DEVICE_EL0 (3ull << GIB_SHIFT)

/* VAs of the lowest IPAs as normal memory and as device memory. */
#define ALIASES      8
#define NORMAL_ALIAS (16ull << GIB_SHIFT)
#define DEVICE_ALIAS (32ull << GIB_SHIFT)

#define UART       0x09000000ull
#define GPIO       0x09030000ull
#define HYPERVISOR 0x40200000ull

struct progress {
	uint64_t magic;
	int32_t current; /* attack */
	uint32_t lives;  /* that it had, if it wants several */
};

#define MAGIC 0x686f7374696c6521ull

/* What run_code() needs to come back. */
struct jump {
	uint64_t x[12]; /* x19 to x30 */
	uint64_t sp;
};

struct attack {
	const char *name;
	cpu_function *function;
	uint32_t ms;
	bool alone; /* CPU 0 leaves the attack to the others, and sees to the end of it */
};

static uint64_t ram_base, ram_size;
static struct progress *progress;
static uint64_t deadline;
static _Atomic uint32_t done;
static struct jump jumps[MAX_CPUS];
static uint64_t random_state[MAX_CPUS];
static _Atomic uint32_t exceptions[MAX_CPUS];
static uint64_t left[MAX_CPUS];    /* x2 at the end of run_code() */
static uint32_t in_code[MAX_CPUS]; /* run_code() is under way; counts the ticks that it had */
static uint8_t *scratch;           /* SCRATCH bytes per CPU, the first CODE of them its own code: all that EL0 has */
static uint64_t scratch_table[512] __attribute__((aligned(4096)));

/* ---------------------------------------------------------------- helpers */

/* Code of a CPU that it makes itself. */
static uint32_t *code_of(uint32_t n)
{
	return (uint32_t *)(scratch + n * SCRATCH);
}

static uint64_t random64(void)
{
	uint64_t *state = &random_state[this_cpu()->index];

	/* xorshift64* */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static uint32_t random_below(uint32_t limit)
{
	return (uint32_t)(random64() >> 32) % limit;
}

static bool over(void)
{
	return now() > deadline;
}

static void synchronize(const void *start, size_t size)
{
	mmu_clean(start, size);
	__asm__ volatile("ic ialluis; dsb ish; isb" ::: "memory");
}

void leave_code(void);

/* Runs code with all registers from `x` (x[31] is SP_EL0) by ERET to `pc` with `spsr`; survive() comes back. */
void run_code(struct jump *jump, const uint64_t *x, uint64_t pc, uint64_t spsr);

__asm__(".text\n"
	".globl run_code, leave_code, guarded\n"
	".hidden run_code, leave_code, guarded\n"
	"run_code:\n"
	"	stp	x19, x20, [x0]\n"
	"	stp	x21, x22, [x0, #16]\n"
	"	stp	x23, x24, [x0, #32]\n"
	"	stp	x25, x26, [x0, #48]\n"
	"	stp	x27, x28, [x0, #64]\n"
	"	stp	x29, x30, [x0, #80]\n"
	"	mov	x9, sp\n"
	"	str	x9, [x0, #96]\n"
	"	ldr	x9, [x1, #248]\n"
	"	msr	sp_el0, x9\n"
	"	msr	elr_el1, x2\n"
	"	msr	spsr_el1, x3\n"
	"	mov	x0, x1\n"
	"	ldp	x2, x3, [x0, #16]\n"
	"	ldp	x4, x5, [x0, #32]\n"
	"	ldp	x6, x7, [x0, #48]\n"
	"	ldp	x8, x9, [x0, #64]\n"
	"	ldp	x10, x11, [x0, #80]\n"
	"	ldp	x12, x13, [x0, #96]\n"
	"	ldp	x14, x15, [x0, #112]\n"
	"	ldp	x16, x17, [x0, #128]\n"
	"	ldp	x18, x19, [x0, #144]\n"
	"	ldp	x20, x21, [x0, #160]\n"
	"	ldp	x22, x23, [x0, #176]\n"
	"	ldp	x24, x25, [x0, #192]\n"
	"	ldp	x26, x27, [x0, #208]\n"
	"	ldp	x28, x29, [x0, #224]\n"
	"	ldr	x30, [x0, #240]\n"
	"	ldp	x0, x1, [x0]\n"
	"	eret\n"
	/* x0: the jump buffer */
	"leave_code:\n"
	"	ldp	x19, x20, [x0]\n"
	"	ldp	x21, x22, [x0, #16]\n"
	"	ldp	x23, x24, [x0, #32]\n"
	"	ldp	x25, x26, [x0, #48]\n"
	"	ldp	x27, x28, [x0, #64]\n"
	"	ldp	x29, x30, [x0, #80]\n"
	"	ldr	x9, [x0, #96]\n"
	"	mov	sp, x9\n"
	"	ret\n");

/*
 * Calls the code at `stub` with x0 = `value`, and puts back whatever EL1 cannot go on without. Uses no memory while
 * these registers may be wrong; `off`: with the MMU off.
 */
uint64_t guarded(uint64_t stub, uint64_t value, uint64_t off);

__asm__(".text\n"
	"guarded:\n"
	"	stp	x29, x30, [sp, #-96]!\n"
	"	stp	x19, x20, [sp, #16]\n"
	"	stp	x21, x22, [sp, #32]\n"
	"	stp	x23, x24, [sp, #48]\n"
	"	stp	x25, x26, [sp, #64]\n"
	"	stp	x27, x28, [sp, #80]\n"
	"	mov	x9, x0\n"
	"	mov	x0, x1\n"
	"	mov	x10, x2\n"
	"	mrs	x19, sctlr_el1\n"
	"	mrs	x20, ttbr0_el1\n"
	"	mrs	x21, ttbr1_el1\n"
	"	mrs	x22, tcr_el1\n"
	"	mrs	x23, mair_el1\n"
	"	mrs	x24, vbar_el1\n"
	"	mrs	x25, tpidr_el1\n"
	"	mrs	x26, cpacr_el1\n"
	"	mrs	x27, daif\n"
	"	cbz	x10, 1f\n"
	"	mov	x11, #0x1005\n"
	"	bic	x11, x19, x11\n"
	"	msr	sctlr_el1, x11\n"
	"	isb\n"
	"1:	blr	x9\n"
	"	msr	spsel, #1\n"
	"	msr	daif, x27\n"
	"	msr	vbar_el1, x24\n"
	"	msr	tpidr_el1, x25\n"
	"	msr	cpacr_el1, x26\n"
	"	msr	mdscr_el1, xzr\n"
	"	cbz	x10, 2f\n"
	"	msr	ttbr0_el1, x20\n"
	"	msr	ttbr1_el1, x21\n"
	"	msr	tcr_el1, x22\n"
	"	msr	mair_el1, x23\n"
	"	isb\n"
	"	tlbi	vmalle1\n"
	"	dsb	nsh\n"
	"2:	msr	sctlr_el1, x19\n"
	"	isb\n"
	"	ldp	x19, x20, [sp, #16]\n"
	"	ldp	x21, x22, [sp, #32]\n"
	"	ldp	x23, x24, [sp, #48]\n"
	"	ldp	x25, x26, [sp, #64]\n"
	"	ldp	x27, x28, [sp, #80]\n"
	"	ldp	x29, x30, [sp], #96\n"
	"	ret\n");

static void end_interrupts(void)
{
	for (uint32_t i = 0; i < 8; i++) {
		uint64_t one = read_sysreg(ICC_IAR1_EL1), zero = read_sysreg(ICC_IAR0_EL1);

		if (one < 1020)
			write_sysreg(ICC_EOIR1_EL1, one);
		if (zero < 1020)
			write_sysreg(ICC_EOIR0_EL1, zero);
		if (one >= 1020 && zero >= 1020)
			break;
	}
	write_sysreg(cntv_ctl_el0, 3);
	write_sysreg(cntp_ctl_el0, 3);
	write_sysreg(pmintenclr_el1, ~0u);
	isb();
}

/* Every exception: skipped, or the end of run_code(). */
static bool survive(struct cpu *cpu, uint64_t kind, struct frame *frame)
{
	uint32_t n = cpu->index;
	uint64_t offset = (frame->elr - (uint64_t)code_of(n)) & ((1ull << GIB_SHIFT) - 1); /* at EL0 it is elsewhere */
	bool interrupt = kind % 4 == 1 || kind % 4 == 2;
	uint32_t ec = ESR_EC(frame->esr);
	bool leave = in_code[n] && offset >= CODE;

	exceptions[n]++;
	write_sysreg(mdscr_el1, 0);
	if (!interrupt && cpu->expecting) {
		cpu->fault.taken = true;
		cpu->fault.esr = frame->esr;
		cpu->fault.far = frame->far;
	}
	if (interrupt) {
		end_interrupts();
		write_sysreg(cntv_tval_el0, read_sysreg(cntfrq_el0) / 2000);
		write_sysreg(cntv_ctl_el0, 1);
		leave = in_code[n] && ++in_code[n] > 3;
	} else if (ec == EC_INSTRUCTION_ABORT && !in_code[n]) {
		frame->elr = frame->x[30];
	} else {
		leave = leave || (in_code[n] && ((ec == EC_BRK && (frame->esr & 0xffff) == 0x77) || ec == EC_SVC32));
		frame->elr += kind < 12 || frame->esr & 1u << 25 ? 4 : 2;
	}
	if (leave) {
		in_code[n] = 0;
		left[n] = frame->x[2];
		frame->elr = (uint64_t)leave_code;
		frame->spsr = 0x3c5;
		frame->x[0] = (uint64_t)&jumps[n];
	}
	return true;
}

/* ---------------------------------------------------------------- memory */

static bool is_mine(uint64_t address)
{
	return address - ram_base < ram_size;
}

/* True if a device that the VM has answers there. */
static bool is_device(uint64_t address)
{
	return address - gicd_base < 0x10000 || address - cpus[0].gicr < GICR_FRAME * (uint64_t)cpu_count ||
	       address - UART < 0x1000 || address - GPIO < 0x1000;
}

static uint32_t touch(uint64_t address)
{
	uint32_t opened = 0;

	opened += !EXPECT(read8(address + 1)).taken;
	opened += !EXPECT(read32(address)).taken;
	opened += !EXPECT(read64(address)).taken;
	opened += !EXPECT(write8(address + 3, 0xff)).taken;
	opened += !EXPECT(write32(address, 0x5a5a5a5a)).taken;
	opened += !EXPECT(write64(address, ~0ull)).taken;
	opened += !EXPECT(__asm__ volatile("ldp x10, x11, [%0]" ::"r"(address) : "x10", "x11")).taken;
	opened += !EXPECT(__asm__ volatile("stp xzr, xzr, [%0]" ::"r"(address) : "memory")).taken;
	opened += !EXPECT(__asm__ volatile("ldxr x10, [%0]" ::"r"(address) : "x10")).taken;
	EXPECT(__asm__ volatile("stxr w10, xzr, [%0]" ::"r"(address) : "x10", "memory"));
	opened += !EXPECT(__asm__ volatile("ldar w10, [%0]" ::"r"(address) : "x10")).taken;
	opened += !EXPECT(__asm__ volatile("mov x10, %0; str xzr, [x10, #8]!" ::"r"(address) : "x10", "memory")).taken;
	opened += !EXPECT(__asm__ volatile(".arch_extension simd; ld1 {v0.16b, v1.16b}, [%0]" ::"r"(address))).taken;
	opened += !EXPECT(__asm__ volatile(".arch_extension simd; st1 {v0.4s}, [%0]" ::"r"(address) : "memory")).taken;
	EXPECT(__asm__ volatile("dc zva, %0" ::"r"(address) : "memory"));
	EXPECT(__asm__ volatile("dc civac, %0; dc cvau, %0; ic ivau, %0" ::"r"(address) : "memory"));
	EXPECT(__asm__ volatile("dc ivac, %0" ::"r"(address) : "memory"));
	EXPECT(__asm__ volatile("at s1e1r, %0; at s1e0w, %0" ::"r"(address)));
	EXPECT(__asm__ volatile("prfm pldl1keep, [%0]" ::"r"(address)));
	opened += !EXPECT(read64(address + 0xffc)).taken;
	opened += !EXPECT(read32(address + 0xffe)).taken;
	return opened;
}

/* All that is not its own: the hypervisor, other VMs, other devices, nothing at all. */
static void holes(struct cpu *cpu)
{
	uint32_t opened = 0, touched = 0;

	for (uint64_t at = cpu->index * 0x200000ull; at < (uint64_t)ALIASES << GIB_SHIFT && !over();
		at += 0x200000ull * cpu_count) {
		uint64_t address = at + (random64() & 0x1ff000);
		uint32_t before = opened;

		if (is_mine(address) || is_device(address))
			continue;
		opened += touch(NORMAL_ALIAS + address);
		opened += touch(DEVICE_ALIAS + address);
		touched++;
		if (opened != before && opened < 100)
			print("not ok - %u accesses at 0x%lx\n", opened - before, address);
	}
	for (uint32_t i = 0; i < 400 && !over(); i++) {
		uint64_t address = random64() & 0x7ffffff000;

		if (address >= 64ull << GIB_SHIFT && touch(address))
			print("not ok - access at 0x%lx\n", address);
	}
	/* Page by page: around the interrupt controller and the UART. */
	for (uint64_t at = 0x08000000; cpu->index == 0 && at < 0x0a010000 && !over(); at += 0x1000) {
		uint64_t address = DEVICE_ALIAS + at;

		if (!is_device(at) && (!EXPECT(read32(address)).taken || !EXPECT(write32(address, ~0u)).taken))
			print("not ok - access at 0x%lx\n", at);
	}
	touch(NORMAL_ALIAS + ram_base - 0x1000);
	touch(NORMAL_ALIAS + ram_base + ram_size);
	for (uint32_t i = 0; i < 16; i++) {
		uint64_t end = NORMAL_ALIAS + ram_base + ram_size - i;

		EXPECT(read64(end));
		EXPECT(read64(NORMAL_ALIAS + ram_base - i));
		EXPECT(__asm__ volatile("ldp x10, x11, [%0]" ::"r"(end) : "x10", "x11"));
		EXPECT(write64(end, 0));
	}
	print("# CPU %u: %u pages touched, %u exceptions\n", cpu->index, touched, exceptions[cpu->index]);
}

/* Instructions fetched from where there are none. */
static void nowhere(struct cpu *cpu)
{
	static const uint64_t fixed[] = {
		0x08000000, 0x080a0000, UART, 0x0b000000, HYPERVISOR, 0x48000000, 0x1fffff000, 0x110000000, 1, 2};

	for (uint32_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (is_mine(fixed[i]))
			continue;
		EXPECT(((void (*)(void))(NORMAL_ALIAS + fixed[i]))());
	}
	for (uint32_t i = 0; i < 200; i++) {
		uint64_t address = random64() >> random_below(64);

		if (i % 2)
			address = NORMAL_ALIAS + (address & 0x1ffffffff);
		if (!is_mine(address & 0x1ffffffff))
			EXPECT(((void (*)(void))address)());
	}
	print("# CPU %u: %u exceptions\n", cpu->index, exceptions[cpu->index]);
}

/* The guest's own tables lead nowhere: to holes, to devices, to themselves. */
static void stage1(struct cpu *cpu)
{
	uint64_t *table = (uint64_t *)(scratch + cpu->index * SCRATCH);
	uint64_t old = read_sysreg(ttbr0_el1), tcr = read_sysreg(tcr_el1);

	memcpy(table, (void *)(old & ~0xfffull), 4096);
	for (uint32_t i = 8; i < 512; i++)
		table[i] = (random64() & 0xfffffffff000) | 3;
	table[8] = gicd_base | 3;
	table[9] = cpu->gicr | 3;
	table[10] = UART | 3;
	table[11] = HYPERVISOR | 3;
	table[12] = (uint64_t)table | 3;
	write_sysreg(ttbr0_el1, table);
	write_sysreg(ttbr1_el1, gicd_base);
	write_sysreg(tcr_el1, tcr & ~(1ull << 23));
	__asm__ volatile("dsb ish; isb; tlbi vmalle1; dsb nsh; isb" ::: "memory");
	while (!over()) {
		uint64_t address = (8 + random64() % 504) << GIB_SHIFT | (random64() & ((1 << GIB_SHIFT) - 1));

		if (random_below(4) == 0)
			address = ~(random64() >> random_below(40));
		EXPECT(read64(address & ~7ull));
		EXPECT(write32(address & ~3ull, 0));
		EXPECT(__asm__ volatile("at s1e1r, %0; at s1e1w, %0; mrs x10, par_el1" ::"r"(address) : "x10"));
		EXPECT(((void (*)(void))address)());
		EXPECT(__asm__ volatile("dc civac, %0" ::"r"(address) : "memory"));
	}
	write_sysreg(ttbr0_el1, old);
	__asm__ volatile("dsb ish; isb; tlbi vmalle1; dsb nsh; isb" ::: "memory");
	print("# CPU %u: %u exceptions\n", cpu->index, exceptions[cpu->index]);
}

/* ---------------------------------------------------------------- registers */

/* Every system instruction of one op0, read and write; CRn 1 and 2 of op0 = 0 wait. */
static void encodings(struct cpu *cpu, uint32_t op0, bool read)
{
	uint32_t *stubs = code_of(cpu->index);
	uint32_t executed = 0;

	for (uint32_t group = cpu->index; group < 128 && !over(); group += cpu_count) {
		uint32_t op1 = group >> 4, crn = group & 15;

		if (op0 == 0 && (crn == 1 || crn == 2))
			continue;
		for (uint32_t i = 0; i < 128; i++) {
			stubs[2 * i] = 0xd5000000 | (uint32_t)read << 21 | op0 << 19 | op1 << 16 | crn << 12 |
			               (i >> 3) << 8 | (i & 7) << 5;
			stubs[2 * i + 1] = RET;
		}
		synchronize(stubs, 1024);
		for (uint32_t i = 0; i < 128; i++) {
			uint64_t value = random64() >> random_below(64);
			bool control = op0 == 3 && op1 == 0 && (crn == 1 || crn == 2 || crn == 10);

			if (op0 <= 1) /* addresses: its own, nobody's */
				value = random_below(2) ? (uint64_t)&stubs[1024] + (value & 0xfffff) : value;
			if (op0 == 3 && op1 == 0 && crn == 1 && i == 0)
				value &= ~(1ull << 0 | 1ull << 19 | 1ull << 25);
			if (op0 == 3 && crn == 12 &&
				(i & 7) == 3) /* QEMU 7.2 ends by an assertion if ICC_BPRn_EL1 is 8 or more */
				value &= 7;
			guarded((uint64_t)&stubs[2 * i], value, !read && control);
			executed++;
		}
	}
	print("# CPU %u: op0 %u, %s: %u executed, %u exceptions so far\n", cpu->index, op0, read ? "read" : "write",
		executed, exceptions[cpu->index]);
}

static void system_registers(struct cpu *cpu)
{
	encodings(cpu, 3, true);
	encodings(cpu, 2, true);
	encodings(cpu, 2, false);
	encodings(cpu, 3, false);
}

static void system_instructions(struct cpu *cpu)
{
	encodings(cpu, 1, false);
	encodings(cpu, 1, true);
	encodings(cpu, 0, false);
	encodings(cpu, 0, true);
}

/* Breakpoints and watchpoints at EL2's addresses, for every state that can be asked for; the PMU counting EL2. */
static void debug(struct cpu *cpu)
{
	write_sysreg(oslar_el1, 0);
	while (!over()) {
		uint64_t address = random_below(2) ? HYPERVISOR + (random64() & 0x3fffc) : random64() & ~3ull;
		uint64_t control = (random64() & 0xffffe1ff) | 1;

		write_sysreg(dbgbvr0_el1, address);
		write_sysreg(dbgbcr0_el1, control | 0xf << 5);
		write_sysreg(dbgbvr1_el1, address + 0x800);
		write_sysreg(dbgbcr1_el1, 1 | 3 << 1 | 0xf << 5 | 1 << 13 | 3 << 14);
		write_sysreg(dbgwvr0_el1, random_below(2) ? gicd_base : address & ~7ull);
		write_sysreg(dbgwcr0_el1, (random64() & ~0x1fe0ull) | 0xff << 5 | 1);
		write_sysreg(dbgwvr1_el1, HYPERVISOR);
		write_sysreg(dbgwcr1_el1, 1 | 3 << 1 | 3 << 3 | 0xff << 5 | 1 << 13 | 3 << 14 | 30u << 24);
		write_sysreg(osdlr_el1, random64() & 1);
		write_sysreg(mdscr_el1, 1u << 15 | 1u << 13 | (random64() & 1));
		write_sysreg(pmccfiltr_el0, random64());
		write_sysreg(pmevtyper0_el0, random64() & 0xffffffff);
		write_sysreg(pmcntenset_el0, ~0u);
		write_sysreg(pmintenset_el1, ~0u);
		write_sysreg(pmccntr_el0, ~0ull - 100);
		write_sysreg(pmcr_el0, random64() & 0xff);
		__asm__ volatile("msr daifclr, #8; isb" ::: "memory");
		read32(gicd_base + GICD_TYPER);
		hvc_call(PSCI_FN_VERSION, 0, 0, 0);
		write_sysreg(ICC_SGI1R_EL1, 1);
		isb();
		__asm__ volatile("msr daifset, #8; isb" ::: "memory");
		write_sysreg(mdscr_el1, 0);
	}
	print("# CPU %u: %u exceptions\n", cpu->index, exceptions[cpu->index]);
}

/* ---------------------------------------------------------------- interrupts */

static void cpu_interface(void)
{
	uint64_t value = random64() >> random_below(64);

	switch (random_below(20)) {
	case 0:
	case 1:
		write_sysreg(ICC_SGI1R_EL1, value);
		break;
	case 2:
		write_sysreg(ICC_SGI0R_EL1, value);
		break;
	case 3:
		write_sysreg(ICC_ASGI1R_EL1, value);
		break;
	case 4:
		write_sysreg(ICC_SGI1R_EL1, 0xffffull | (uint64_t)random_below(16) << 24);
		break;
	case 5:
		write_sysreg(ICC_SGI1R_EL1, 1ull << 40 | (uint64_t)random_below(16) << 24);
		break;
	case 6:
		write_sysreg(ICC_DIR_EL1, random_below(1100));
		break;
	case 7:
		write_sysreg(ICC_EOIR1_EL1, random_below(1100));
		break;
	case 8:
		write_sysreg(ICC_EOIR0_EL1, random_below(1100));
		break;
	case 9:
		write_sysreg(ICC_PMR_EL1, value);
		break;
	case 10:
		write_sysreg(ICC_BPR1_EL1, value & 7);
		break;
	case 11:
		write_sysreg(ICC_BPR0_EL1, value & 7);
		break;
	case 12:
		write_sysreg(ICC_AP1R0_EL1, value);
		break;
	case 13:
		write_sysreg(S3_0_C12_C8_4, value); /* ICC_AP0R0_EL1 */
		break;
	case 14:
		write_sysreg(ICC_CTLR_EL1, value);
		break;
	case 15:
		write_sysreg(ICC_IGRPEN1_EL1, value);
		break;
	case 16:
		write_sysreg(ICC_IGRPEN0_EL1, value);
		break;
	case 17:
		write_sysreg(ICC_DIR_EL1, value);
		break;
	case 18:
		read_sysreg(ICC_IAR1_EL1);
		break;
	default:
		read_sysreg(ICC_IAR0_EL1);
		break;
	}
}

/* A register of the GIC: any offset, or one that is something. */
static uint64_t gic_address(void)
{
	static const uint16_t registers[] = {GICD_CTLR, GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR,
		GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER, GICD_IPRIORITYR, GICD_ICFGR, GICD_IROUTER, GICD_IGRPMODR,
		GICD_NSACR, GICD_SGIR};
	uint64_t frame = random_below(2) ? gicd_base : cpus[random_below(cpu_count)].gicr + random_below(2) * GICR_SGI;

	if (random_below(4) == 0)
		return frame + random_below(0x10000);
	return frame + registers[random_below(sizeof(registers) / sizeof(registers[0]))] + random_below(0x80);
}

static void gic_access(void)
{
	uint64_t address = gic_address();
	uint64_t value = random64() >> random_below(64);

	switch (random_below(8)) {
	case 0:
		read8(address);
		break;
	case 1:
		EXPECT(read16(address));
		break;
	case 2:
	case 3:
		EXPECT(read32(address));
		break;
	case 4:
		EXPECT(read64(address));
		break;
	case 5:
		write8(address, (uint8_t)value);
		break;
	case 6:
		EXPECT(write64(address & ~7ull, value));
		break;
	default:
		write32(address & ~3ull, (uint32_t)value);
		break;
	}
}

static void gic(struct cpu *cpu)
{
	uint32_t count = 0;

	for (; !over(); count++) {
		gic_access();
		if (count % 4 == 0)
			cpu_interface();
		if (count % 64 == 0) {
			irq_enable();
			irq_disable();
		}
	}
	print("# CPU %u: %u accesses, %u exceptions\n", cpu->index, count, exceptions[cpu->index]);
}

/* Everything enabled and pending, nothing ever handled: timers long due, the CPU asleep or spinning with all unmasked.
 */
static void storm(struct cpu *cpu)
{
	for (uint32_t i = 0; i < 32; i++) {
		if (cpu->index == 0 && i)
			write32(gicd_base + GICD_ISENABLER + 4 * i, ~0u);
		write32(gicd_base + GICD_ISPENDR + 4 * i, ~0u);
	}
	for (uint32_t i = 0; i < cpu_count; i++)
		write32(cpus[i].gicr + GICR_SGI + GICD_ISENABLER, ~0u);
	write_sysreg(cntv_cval_el0, 0);
	write_sysreg(cntp_cval_el0, 0);
	write_sysreg(pmcntenset_el0, ~0u);
	write_sysreg(pmintenset_el1, ~0u);
	write_sysreg(pmovsset_el0, ~0u);
	write_sysreg(cntkctl_el1, 0x3ff);
	for (uint32_t count = 0; !over(); count++) {
		write_sysreg(cntv_ctl_el0, 1);
		write_sysreg(cntp_ctl_el0, 1);
		write32(cpus[count % cpu_count].gicr + GICR_SGI + GICD_ISPENDR, ~0u);
		write32(gicd_base + GICD_ISPENDR + 4 * (count % 8), ~0u);
		write_sysreg(ICC_SGI1R_EL1, 1ull << 40 | (uint64_t)(count % 16) << 24);
		write_sysreg(ICC_SGI1R_EL1, 0xffff | (uint64_t)(count % 16) << 24);
		if (count % 3 == 0)
			wfi();
		irq_enable();
		for (uint32_t i = 0; i < 50; i++)
			isb();
		irq_disable();
		if (count % 16 == 0) {
			/* taken and never ended */
			read_sysreg(ICC_IAR1_EL1);
			write_sysreg(ICC_AP1R0_EL1, 0);
		}
	}
	print("# CPU %u: %u exceptions\n", cpu->index, exceptions[cpu->index]);
	if (cpu->index == 0)
		return;
	/* Vectors that return at once: no handler, no progress. */
	for (uint32_t i = 0; i < CODE / 4; i++)
		code_of(cpu->index)[i] = ERET;
	synchronize(code_of(cpu->index), CODE);
	write_sysreg(vbar_el1, (uint64_t)code_of(cpu->index));
	write_sysreg(cntv_ctl_el0, 1);
	write_sysreg(cntp_ctl_el0, 1);
	for (;;)
		irq_enable();
}

/* EL2 as often as possible. */
static void exits(struct cpu *cpu)
{
	static const uint64_t somewhere = 0x0b000000;
	uint32_t count = 0;

	for (; !over(); count++) {
		hvc_call(PSCI_FN_VERSION, 0, 0, 0);
		smc_call(0xffffffff, 0, 0, 0);
		read32(gicd_base + GICD_CTLR);
		read32(cpus[count % cpu_count].gicr + GICR_SGI + GICD_ISPENDR);
		write_sysreg(ICC_SGI1R_EL1, 0xffff);
		write_sysreg(actlr_el1, count);
		EXPECT(read32(somewhere));
		read32(0x09000018);
	}
	print("# CPU %u: %u rounds\n", cpu->index, count);
}

/* The console, as fast as it goes, without looking whether there is room. */
static void flood(struct cpu *cpu)
{
	for (uint32_t i = 0; !over(); i++) {
		write32(UART, 'a' + (cpu->index + i) % 26);
		if (i % 8 == 7)
			write32(UART + 4 * random_below(20), (uint32_t)random64());
		if (i % 100 == 99)
			write32(UART, '\n');
	}
	write32(0x09000030, 0x301);
}

/* ---------------------------------------------------------------- calls */

static uint64_t wild(void)
{
	switch (random_below(6)) {
	case 0:
		return random_below(8);
	case 1:
		return cpus[random_below(cpu_count)].mpidr;
	case 2:
		return ram_base + (random64() & (ram_size - 1));
	case 3:
		return HYPERVISOR + (random64() & 0xffffff);
	case 4:
		return random64();
	default:
		return ~0ull << random_below(64);
	}
}

static void calls(struct cpu *cpu)
{
	uint32_t count = 0;

	for (; !over(); count++) {
		uint64_t id = random64() >> random_below(64);

		switch (random_below(4)) {
		case 0:
			id = 0x84000000 | random_below(0x40) | (random_below(2) ? SMC64 : 0);
			break;
		case 1:
			id = 0x80000000 | (id & 0x7f00ffff);
			break;
		case 2:
			id = (0x80000000 | (id & 0x7f000000)) + random_below(3) * 0x7fff + random_below(4);
			break;
		default:
			break;
		}
		uint32_t function = (uint32_t)id & ~SMC64;

		/* these end the attack: `lives` has them */
		if (function == PSCI_FN_CPU_OFF || function == PSCI_FN_SYSTEM_OFF || function == PSCI_FN_SYSTEM_RESET ||
			function == PSCI_FN_CPU_SUSPEND)
			continue;
		if (function == PSCI_FN_CPU_ON && random_below(16))
			continue;
		if (random_below(2))
			hvc_call(id, wild(), wild(), wild());
		else
			smc_call(id, wild(), wild(), wild());
	}
	print("# CPU %u: %u calls\n", cpu->index, count);
}

/* CPUs that come, go, suspend and end the world all at once. */
static void lives(struct cpu *cpu)
{
	uint64_t moment = now() + milliseconds(1) + random64() % milliseconds(2);

	progress->lives++;
	while (now() < moment) {
		for (uint32_t i = 1; i < cpu_count; i++)
			hvc_call(PSCI_FN_CPU_ON | SMC64, cpus[i].mpidr, ram_base + (random64() & 0x1ffffc), 0);
		if (random_below(8) == 0) {
			write32(cpu->gicr + GICR_SGI + GICD_ISENABLER, 1u << 27);
			write_sysreg(cntv_tval_el0, 1000);
			write_sysreg(cntv_ctl_el0, 1);
			hvc_call(PSCI_FN_CPU_SUSPEND, random64(), wild(), wild());
			write_sysreg(cntv_ctl_el0, 0);
		}
		write_sysreg(ICC_SGI1R_EL1, 1ull << 40);
	}
	if (cpu->index && random_below(3) == 0)
		psci_cpu_off();
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

/* A VM that restarts for ever, and never starts its other CPUs. */
static void resets(struct cpu *cpu)
{
	(void)cpu;
	progress->lives++;
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

/* ---------------------------------------------------------------- random instructions */

/* x[] for random code: addresses that lead somewhere, and anything. */
static void random_registers(uint64_t *x, uint64_t ram, bool devices)
{
	for (uint32_t i = 0; i < 32; i++) {
		switch (random_below(devices ? 8 : 5)) {
		case 0:
		case 1:
			x[i] = ram + 0x8000 + (random64() & 0xffff8);
			break;
		case 2:
			x[i] = 0x84000000 | random_below(8) | (random_below(2) ? SMC64 : 0);
			break;
		case 5:
			x[i] = gic_address() & ~7ull;
			break;
		case 6:
			x[i] = UART + 8 * random_below(10);
			break;
		case 7:
			x[i] = HYPERVISOR + (random64() & 0xfffff8);
			break;
		default:
			x[i] = random64() >> random_below(64);
			break;
		}
	}
}

static uint32_t random_instruction(void)
{
	uint32_t word = (uint32_t)random64();

	switch (random_below(10)) {
	case 0:
	case 1:
		return 0xd5000000 | (word & 0x3fffff); /* system */
	case 2:
		word = 0xd5000000 | (word & 0x200f1f) | 0xc << 12 | 3u << 19 | (word & 0xe0); /* interrupts */
		return (word & 0xe0) == 0x60 ? word | 1u << 21 : word; /* but no write of ICC_BPRn_EL1, see above */
	case 3:
		return 0xd4000000 | (word & 0xff0003); /* exceptions */
	case 4:
	case 5:
		return 0x38000000 | (word & 0xc7ffffff); /* loads and stores of one register */
	case 6:
		return 0x08000000 | (word & 0xf7ffffff & ~(1u << 26)); /* exclusive, pair */
	default:
		return word;
	}
}

/* Always executed, mostly; coprocessors, SVC, HVC, SMC, loads and stores more than others. */
static uint32_t random_a32(void)
{
	uint32_t word = (uint32_t)random64() & 0x0fffffff;

	if (random_below(4) == 0)
		word |= 0xe000000;
	return word | (random_below(8) ? 0xe0000000 : (uint32_t)random64() & 0xf0000000);
}

static void run_random(struct cpu *cpu, uint64_t spsr, bool devices)
{
	uint32_t n = cpu->index, count = 0;
	uint32_t *code = code_of(n);
	uint64_t start = spsr & 0xc ? (uint64_t)code : RAM_EL0 + ((uint64_t)code & ((1ull << GIB_SHIFT) - 1));
	uint64_t x[32];

	while (!over()) {
		for (uint32_t i = 0; i < LENGTH; i++)
			code[i] = spsr & 0x20   ? (uint32_t)random64()
			          : spsr & 0x10 ? random_a32()
			                        : random_instruction();
		code[LENGTH] = spsr & 0x20 ? 0xdf00df00 : spsr & 0x10 ? 0xef000000 : BRK_LEAVE;
		synchronize(code, CODE);
		random_registers(x, start, devices);
		for (uint32_t i = 0; spsr & 0x10 && i < 15; i++)
			x[i] = devices && random_below(2) ? DEVICE_EL0 + (gic_address() & ~3ull) : x[i] & 0xffffffff;
		if (count % 64 == 0)
			gic_init_cpu(cpu);
		write32(cpu->gicr + GICR_SGI + GICD_ISENABLER, 1u << 27);
		write_sysreg(ICC_PMR_EL1, 0xff);
		write_sysreg(ICC_IGRPEN1_EL1, 1);
		write_sysreg(cntv_tval_el0, read_sysreg(cntfrq_el0) / 2000);
		write_sysreg(cntv_ctl_el0, 1);
		in_code[n] = 1;
		run_code(&jumps[n], x, start, spsr);
		write_sysreg(cntv_ctl_el0, 0);
		count++;
	}
	print("# CPU %u: %u random sequences, %u exceptions\n", n, count, exceptions[n]);
}

static void fuzz_el1(struct cpu *cpu)
{
	run_random(cpu, 0x4, false);
}

static void fuzz_el0(struct cpu *cpu)
{
	run_random(cpu, 0x0, false);
}

static void fuzz_devices(struct cpu *cpu)
{
	run_random(cpu, 0x4, true);
}

static bool has_aarch32(void)
{
	return (read_sysreg(id_aa64pfr0_el1) & 0xf) == 2;
}

static void a32(struct cpu *cpu)
{
	if (has_aarch32())
		run_random(cpu, 0x10, false);
}

static void t32(struct cpu *cpu)
{
	if (has_aarch32())
		run_random(cpu, 0x30, false);
}

static void a32_devices(struct cpu *cpu)
{
	if (has_aarch32())
		run_random(cpu, 0x10, true);
}

/* 16-bit instructions whose access is emulated: the next one is executed, by the state of the IT block it is in. */
static void t32_emulated(struct cpu *cpu)
{
	static const uint16_t program[] = {
		0x2200, /* movs r2, #0 */
		0x6801, /* ldr r1, [r0] */
		0x3201, /* adds r2, #1 */
		0x3201, /* adds r2, #1 */
		0x4280, /* cmp r0, r0 */
		0xbf0c, /* ite eq */
		0x6801, /* ldreq r1, [r0] */
		0x3210, /* addne r2, #16 */
		0x3201, /* adds r2, #1 */
		0xdf00, /* svc #0 */
	};
	uint64_t x[32] = {DEVICE_EL0 + gicd_base};
	uint32_t n = cpu->index;

	if (!has_aarch32())
		return;
	memcpy(code_of(n), program, sizeof(program));
	synchronize(code_of(n), CODE);
	in_code[n] = 1;
	run_code(&jumps[n], x, RAM_EL0 + ((uint64_t)code_of(n) & ((1ull << GIB_SHIFT) - 1)), 0x30);
	check_equal(left[n], 3, "CPU %u: T32 code goes on after a device access where it should", n);
}

static void t32_devices(struct cpu *cpu)
{
	t32_emulated(cpu);
	if (has_aarch32())
		run_random(cpu, 0x30, true);
}

/* ---------------------------------------------------------------- what ends the VM, or nothing */

#define ON_DEVICE(name, instruction)                                                                                   \
	static void name(struct cpu *cpu)                                                                              \
	{                                                                                                              \
		uint64_t device = NORMAL_ALIAS + gicd_base;                                                            \
		struct fault fault = EXPECT(__asm__ volatile(instruction ::"r"(device)                                 \
							     : "x10", "x11", "x12", "x13", "memory"));                 \
		print("# CPU %u: still here, %s, ESR 0x%lx\n", cpu->index, fault.taken ? "exception" : "no exception", \
			fault.taken ? fault.esr : 0);                                                                  \
	}

ON_DEVICE(kill_ldp, "ldp x10, x11, [%0]")
ON_DEVICE(kill_stp, "stp x10, x11, [%0, #16]")
ON_DEVICE(kill_writeback, "mov x10, %0; ldr w11, [x10], #4")
ON_DEVICE(kill_ldxr, "ldxr w10, [%0]")
ON_DEVICE(kill_simd, ".arch_extension simd; ld1 {v0.16b}, [%0]")
ON_DEVICE(kill_zva, "dc zva, %0")
ON_DEVICE(kill_cas, ".arch_extension lse; cas w10, w11, [%0]")
ON_DEVICE(kill_unaligned, "ldur w10, [%0, #2]")
ON_DEVICE(kill_last, "add x10, %0, #0xffc; ldr x10, [x10]")

/* ---------------------------------------------------------------- order of events */

static const struct attack attacks[] = {
	{"holes", holes, 3000, false},
	{"nowhere", nowhere, 1000, false},
	{"stage1", stage1, 300, false},
	{"registers", system_registers, 8000, false},
	{"instructions", system_instructions, 5000, false},
	{"debug", debug, 300, false},
	{"gic", gic, 1000, false},
	{"storm", storm, 500, false},
	{"exits", exits, 300, false},
	{"flood", flood, 100, false},
	{"calls", calls, 300, false},
	{"lives", lives, 1000, false},
	{"resets", resets, 1000, false},
	{"el1", fuzz_el1, 1500, true},
	{"el0", fuzz_el0, 500, false},
	{"a32", a32, 500, false},
	{"t32", t32, 500, false},
	{"devices", fuzz_devices, 1000, true},
	{"a32-devices", a32_devices, 1000, false},
	{"t32-devices", t32_devices, 1000, false},
	{"t32-emulated", t32_emulated, 100, false},
	{"ldp", kill_ldp, 100, false},
	{"stp", kill_stp, 100, false},
	{"writeback", kill_writeback, 100, false},
	{"ldxr", kill_ldxr, 100, false},
	{"simd", kill_simd, 100, false},
	{"zva", kill_zva, 100, false},
	{"cas", kill_cas, 100, false},
	{"unaligned", kill_unaligned, 100, false},
	{"last", kill_last, 100, false},
};

enum { ATTACKS = sizeof(attacks) / sizeof(attacks[0]) };

static bool wanted(const struct attack *attack)
{
	char word[32] = "mode=";

	memcpy(word + 5, attack->name, strlen(attack->name) + 1);
	return fdt_bootarg(word);
}

static void find_ram(void)
{
	for (struct fdt_node node = fdt_first(); node.found; node = fdt_next(node)) {
		if (fdt_property_is(node, "device_type", "memory") && fdt_reg(node, 0, &ram_base, &ram_size))
			break;
	}
	progress = (struct progress *)(ram_base + ram_size - 4096);
	scratch = (uint8_t *)(ram_base + ram_size / 2);
	if (progress->magic != MAGIC)
		*progress = (struct progress){.magic = MAGIC, .current = -1};
}

static void map_aliases(void)
{
	uint64_t *level1 = (uint64_t *)(read_sysreg(ttbr0_el1) & ~0xfffull);
	const uint64_t normal = 1 | 1 << 2 | 1 << 10 | 3 << 8, device = 1 | 1 << 10 | 1ull << 53 | 1ull << 54,
		       el0 = 1 << 6;

	for (uint64_t i = 0; i < cpu_count; i++) {
		uint64_t address = (uint64_t)scratch + i * SCRATCH;

		scratch_table[address / SCRATCH % 512] = address | normal | el0;
	}
	level1[RAM_EL0 >> GIB_SHIFT] = (uint64_t)scratch_table | 3;
	level1[DEVICE_EL0 >> GIB_SHIFT] = fdt_bootarg_number("devices=") ? device | el0 : 0;
	for (uint64_t i = 0; i < ALIASES; i++) {
		level1[(NORMAL_ALIAS >> GIB_SHIFT) + i] = i << GIB_SHIFT | normal;
		level1[(DEVICE_ALIAS >> GIB_SHIFT) + i] = i << GIB_SHIFT | device;
	}
	__asm__ volatile("dsb ish; tlbi vmalle1is; dsb ish; isb" ::: "memory");
}

static void attack_from(struct cpu *cpu)
{
	cpu->on_exception = survive;
	attacks[progress->current].function(cpu);
	done++;
	/* Whoever is first to lose patience ends it. */
	WAIT_FOR(done >= cpu_count, 500);
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

/* CPU 0 while the others run wild. */
static void watch(struct cpu *cpu)
{
	cpu->on_exception = survive;
	while (!over()) {
		gic_access();
		if (psci_affinity_info(cpus[1].mpidr, 0) == PSCI_OFF)
			cpu_start(1, attack_from, 0);
	}
	WAIT_FOR(done >= cpu_count - 1, 300);
	print("# CPU 1: %u exceptions\n", exceptions[1]);
	hvc_call(PSCI_FN_SYSTEM_RESET, 0, 0, 0);
}

static const struct attack *next_attack(void)
{
	cpu_function *last = progress->current >= 0 ? attacks[progress->current].function : NULL;
	bool again = (last == lives && progress->lives < LIVES) || (last == resets && progress->lives < RESETS);

	if (!again) {
		progress->lives = 0;
		do {
			progress->current++;
		} while (progress->current < ATTACKS && !wanted(&attacks[progress->current]));
	}
	return progress->current < ATTACKS ? &attacks[progress->current] : NULL;
}

void test_main(void)
{
	const struct attack *attack;

	find_ram();
	map_aliases();
	attack = next_attack();
	if (!attack) {
		print("# hostile: no more attacks\n");
		test_end();
	}
	for (uint32_t i = 0; i < cpu_count; i++)
		random_state[i] =
			(fdt_bootarg_number("seed=") * 1000 + (uint64_t)progress->current * 64 + progress->lives) *
				2654435761u +
			1 + i;
	print("# hostile: %s\n", attack->name);
	deadline = now() + milliseconds(attack->ms);
	for (uint32_t i = 1; i < cpu_count && attack->function != resets; i++)
		cpu_start(i, attack_from, 0);
	if (attack->alone && cpu_count > 1)
		watch(&cpus[0]);
	attack_from(&cpus[0]);
}
