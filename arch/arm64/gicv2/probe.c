/* SPDX-License-Identifier: Apache-2.0 */
/* Looks whether there is the GICv2 of the tables. */
#include "gic/probe.h"

#include "config.h"
#include "gicv2/gicv2_regs.h"
#include "hw/mmio_raw.h"
#include "report/print.h"

bool gic_is_there(void)
{
	return (raw_read32(system_config.arch.gicd + GICD_ICPIDR2) & GICD_ICPIDR2_ARCH_REV) ==
	       GICD_ICPIDR2_GICV2;
}

bool gic_frames_match(void)
{
	uint64_t gicc = system_config.arch.gicc;

	if (GICC_IIDR_VERSION(raw_read32(gicc + GICC_IIDR)) == 2)
		return true;
	print("platform: no CPU interface of a GICv2 at 0x%lx\n", gicc);
	return false;
}
