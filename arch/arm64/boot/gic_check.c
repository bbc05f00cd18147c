/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the GIC with the one that the tables describe. */
#include "boot/gic_check.h"

#include "config.h"
#include "gic/affinity.h"
#include "gic/gic.h"
#include "gic/gic_regs.h"
#include "gic/ich.h"
#include "hw/mmio_raw.h"
#include "report/print.h"

static bool check_redistributor(const struct vcpu_config *vcpu)
{
	uint64_t mpidr = vcpu->arch.mpidr;
	uint64_t affinity = gic_affinity(mpidr);
	uint64_t found = GICR_TYPER_AFFINITY(raw_read64(vcpu->arch.gicr + GICR_TYPER));

	if (found == affinity)
		return true;
	print("platform: the redistributor at 0x%lx is that of affinity 0x%lx, not of pCPU %u (0x%lx)\n",
		vcpu->arch.gicr, found, vcpu->pcpu, affinity);
	return false;
}

bool gic_check(void)
{
	uint64_t gicd = system_config.arch.gicd;
	uint32_t revision, spis, lrs;
	bool good = true;

	gic_enable_system_registers(); /* for ICH_VTR_EL2; gic_cpu_init() sets up the rest */
	revision = raw_read32(gicd + GIC_PIDR2) & GIC_PIDR2_ARCH_REV;
	lrs = ICH_VTR_LIST_REGISTERS(ich_vtr());
	if (revision < GIC_PIDR2_GICV3) {
		print("platform: no GICv3 at 0x%lx\n", gicd);
		return false;
	}
	if (system_config.arch.group0 && !(raw_read32(gicd + GICD_CTLR) & GICD_CTLR_DS)) {
		print("platform: the GIC has two security states, not one\n");
		good = false;
	}
	spis = 32 * GICD_TYPER_LINES(raw_read32(gicd + GICD_TYPER));
	if (spis < system_config.arch.spi_count) {
		print("platform: the GIC has %u SPIs, not %u\n", spis,
			system_config.arch.spi_count);
		good = false;
	}
	if (lrs < system_config.arch.list_registers) {
		print("platform: the CPU has %u list registers, not %u\n", lrs,
			system_config.arch.list_registers);
		good = false;
	}
	for (uint32_t i = 0; i < system_config.vcpu_count; i++)
		good = check_redistributor(&system_config.vcpus[i]) && good;
	return good;
}

void gic_check_ready(uint64_t stuck)
{
	if (stuck)
		print("gic: register 0x%lx does not become ready\n", stuck);
}
