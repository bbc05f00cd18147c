// SPDX-License-Identifier: Apache-2.0
/* Random instructions, of every state and level. */
#include "gic.h"
#include "hostile.h"
#include "print.h"
#include "psci.h"
#include "string.h"
#include "test.h"

enum { LENGTH = 64 };

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
		word = 0xd5000000 | (word & 0x200f1f) | 0xc << 12 | 3u << 19 |
		       (word & 0xe0); /* interrupts */
		return (word & 0xe0) == 0x60 ? word | 1u << 21
		                             : word; /* but no write of ICC_BPRn_EL1, see above */
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
	uint64_t start = spsr & 0xc ? (uint64_t)code
	                            : RAM_EL0 + ((uint64_t)code & ((1ull << GIB_SHIFT) - 1));
	uint64_t x[32];

	while (!over()) {
		for (uint32_t i = 0; i < LENGTH; i++)
			code[i] = spsr & 0x20   ? (uint32_t)random64()
			          : spsr & 0x10 ? random_a32()
			                        : random_instruction();
		code[LENGTH] = spsr & 0x20 ? 0xdf00df00 : spsr & 0x10 ? 0xef000000 : LEAVE;
		synchronize(code, CODE);
		random_registers(x, start, devices);
		for (uint32_t i = 0; spsr & 0x10 && i < 15; i++)
			x[i] = devices && random_below(2) ? DEVICE_EL0 + (gic_address() & ~3ull)
			                                  : x[i] & 0xffffffff;
		if (count % 64 == 0)
			gic_init_cpu(cpu);
		write32(cpu->gicr + GICR_SGI + GICD_ISENABLER, 1u << 27);
		write_sysreg(ICC_PMR_EL1, 0xff);
		write_sysreg(ICC_IGRPEN1_EL1, 1);
		write_sysreg(cntv_tval_el0, read_sysreg(cntfrq_el0) / 2000);
		write_sysreg(cntv_ctl_el0, 1);
		run(x, start, spsr);
		write_sysreg(cntv_ctl_el0, 0);
		count++;
	}
	print("# CPU %u: %u random sequences, %u exceptions\n", n, count, exceptions[n]);
}

void code_el1(struct cpu *cpu)
{
	run_random(cpu, 0x4, false);
}

void code_el0(struct cpu *cpu)
{
	run_random(cpu, 0x0, false);
}

void code_devices(struct cpu *cpu)
{
	run_random(cpu, 0x4, true);
}

static bool has_aarch32(void)
{
	return (read_sysreg(id_aa64pfr0_el1) & 0xf) == 2;
}

void code_a32(struct cpu *cpu)
{
	if (has_aarch32())
		run_random(cpu, 0x10, false);
}

void code_t32(struct cpu *cpu)
{
	if (has_aarch32())
		run_random(cpu, 0x30, false);
}

void code_a32_devices(struct cpu *cpu)
{
	if (has_aarch32())
		run_random(cpu, 0x10, true);
}

/*
 * 16-bit instructions whose access is emulated: the next one is executed, by the state of the IT
 * block it is in.
 */
void t32_emulated(struct cpu *cpu)
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
	check_equal(run(x, RAM_EL0 + ((uint64_t)code_of(n) & ((1ull << GIB_SHIFT) - 1)), 0x30), 3,
		"CPU %u: T32 code goes on after a device access where it should", n);
}

void code_t32_devices(struct cpu *cpu)
{
	t32_emulated(cpu);
	if (has_aarch32())
		run_random(cpu, 0x30, true);
}
