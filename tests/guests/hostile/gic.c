// SPDX-License-Identifier: Apache-2.0
/*
 * The interrupt controller: its frames, its CPU interface, and more interrupts than anybody can
 * take.
 */
#include "gic.h"
#include "hostile.h"
#include "print.h"

uint64_t gic_address(void)
{
	static const uint16_t registers[] = {GICD_CTLR, GICD_IGROUPR, GICD_ISENABLER,
		GICD_ICENABLER, GICD_ISPENDR, GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER,
		GICD_IPRIORITYR, GICD_ICFGR, GICD_IROUTER, GICD_IGRPMODR, GICD_NSACR, GICD_SGIR};
	uint64_t frame = random_below(2)
	                         ? gicd_base
	                         : cpus[random_below(cpu_count)].gicr + random_below(2) * GICR_SGI;

	if (random_below(4) == 0)
		return frame + random_below(0x10000);
	return frame + registers[random_below(sizeof(registers) / sizeof(registers[0]))] +
	       random_below(0x80);
}

void gic_access(void)
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
		write_sysreg(ICC_AP0R0_EL1, value);
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

void gic_frames(struct cpu *cpu)
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

/*
 * Everything enabled and pending, nothing ever handled: timers long due, the CPU asleep or spinning
 * with all unmasked.
 */
void storm(struct cpu *cpu)
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
			/*
			 * taken and never ended; unless the register is not ours, and no interrupt
			 * could wake us up again
			 */
			uint64_t intid = read_sysreg(ICC_IAR1_EL1);

			write_sysreg(ICC_AP1R0_EL1, 0);
			isb();
			if (read_sysreg(ICC_AP1R0_EL1))
				write_sysreg(ICC_EOIR1_EL1, intid);
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
