/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the GIC with the one that the tables describe. */
#include "boot/gic_check.h"

#include "config.h"
#include "gic/gic_regs.h"
#include "gic/probe.h"
#include "gic_version.h"
#include "hw/mmio_raw.h"
#include "ich.h"
#include "ich_regs.h"
#include "report/print.h"

bool gic_check(void)
{
	uint64_t gicd = system_config.arch.gicd;
	uint32_t spis, lrs;
	bool good;

	if (!gic_is_there()) {
		print("platform: no " GIC_NAME " at 0x%lx\n", gicd);
		return false;
	}
	good = gic_frames_match();
	spis = 32 * GICD_TYPER_LINES(raw_read32(gicd + GICD_TYPER));
	if (spis < system_config.arch.spi_count) {
		print("platform: the GIC has %u SPIs, not %u\n", spis,
			system_config.arch.spi_count);
		good = false;
	}
	lrs = ICH_VTR_LIST_REGISTERS(ich_vtr());
	if (lrs < system_config.arch.list_registers) {
		print("platform: the CPU has %u list registers, not %u\n", lrs,
			system_config.arch.list_registers);
		good = false;
	}
	return good;
}

void gic_check_ready(uint64_t stuck)
{
	if (stuck)
		print("gic: register 0x%lx does not become ready\n", stuck);
}
