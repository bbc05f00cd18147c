// SPDX-License-Identifier: Apache-2.0
/* Calls, and registers of emulated devices. */
#include "bench.h"
#include "fdt.h"
#include "gic.h"
#include "print.h"
#include "psci.h"
#include "test.h"

enum { NOWHERE = 0x30000000, UARTFR = 0x18, UARTIMSC = 0x38 };

void measure_calls(void)
{
	if (on_plain)
		return;
	MEASURE("PSCI_VERSION by HVC", hvc_call(PSCI_FN_VERSION, 0, 0, 0));
	MEASURE("PSCI_VERSION by SMC", smc_call(PSCI_FN_VERSION, 0, 0, 0));
}

void measure_registers(struct cpu *cpu)
{
	uint64_t enable = gicd_base + GICD_ISENABLER + 4, disable = gicd_base + GICD_ICENABLER + 4;

	MEASURE("GICD_CTLR read", read32(gicd_base + GICD_CTLR));
	MEASURE("GICD_ISENABLER read", read32(enable));
	MEASURE("GICR_ISENABLER0 read", read32(cpu->gicr + GICR_SGI + GICD_ISENABLER));
	MEASURE("GICD_ISENABLER write, no change", write32(enable, 0));
	MEASURE_AFTER("GICD_ICENABLER write", write32(enable, 1u << 1), write32(disable, 1u << 1));
	MEASURE_AFTER("GICR_ICENABLER0 write", gic_write(cpu, GICD_ISENABLER, SGI),
		write32(cpu->gicr + GICR_SGI + GICD_ICENABLER, 1u << SGI));
	MEASURE("UARTFR read", read32(uart_base + UARTFR));
	MEASURE("UARTIMSC write", write32(uart_base + UARTIMSC, 0));
	MEASURE("abort of stage 2", EXPECT(read32(NOWHERE)));
}
