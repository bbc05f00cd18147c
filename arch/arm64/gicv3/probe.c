/* SPDX-License-Identifier: Apache-2.0 */
/* Looks whether there is the GICv3 of the tables. */
#include "gic/probe.h"

#include "config.h"
#include "gic/affinity.h"
#include "gic/gic_regs.h"
#include "gicv3/gicv3_regs.h"
#include "hw/mmio_raw.h"
#include "icc.h"
#include "report/print.h"

bool gic_is_there(void)
{
	gic_enable_system_registers(); /* for ICH_VTR_EL2; gic_cpu_init() sets up the rest */
	return (raw_read32(system_config.arch.gicd + GIC_PIDR2) & GIC_PIDR2_ARCH_REV) >=
	       GIC_PIDR2_GICV3;
}

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

bool gic_frames_match(void)
{
	bool good = true;

	if (system_config.arch.group0 &&
		!(raw_read32(system_config.arch.gicd + GICD_CTLR) & GICD_CTLR_DS)) {
		print("platform: the GIC has two security states, not one\n");
		good = false;
	}
	for (uint32_t i = 0; i < system_config.vcpu_count; i++)
		good = check_redistributor(&system_config.vcpus[i]) && good;
	return good;
}
