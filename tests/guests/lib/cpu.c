// SPDX-License-Identifier: Apache-2.0
/* Starts the guest's CPUs and waits for them, and records expected exceptions. */
#include "cpu.h"

#include <stddef.h>

#include "fdt.h"
#include "gic.h"
#include "mmu.h"
#include "offsets.h"
#include "print.h"
#include "psci.h"
#include "test.h"

#define AT(field, offset) _Static_assert(offsetof(struct cpu, field) == (offset), #field)
AT(stack, CPU_STACK);
AT(reset.x[0], CPU_RESET_X0);
AT(reset.x[2], CPU_RESET_X2);
AT(reset.currentel, CPU_RESET_CURRENTEL);
AT(reset.spsel, CPU_RESET_SPSEL);
AT(reset.cpacr, CPU_RESET_CPACR);
AT(reset.cntv_ctl, CPU_RESET_CNTV_CTL);
AT(reset.cntkctl, CPU_RESET_CNTKCTL);
_Static_assert(sizeof(struct frame) <= FRAME_SIZE, "frame");

struct cpu cpus[MAX_CPUS];
uint32_t cpu_count;
uint64_t dtb_address;
extern uint8_t stacks[MAX_CPUS][STACK_SIZE];
uint8_t stacks[MAX_CPUS][STACK_SIZE] __attribute__((aligned(4096)));

void guest_boot(void);
void guest_secondary(void);
void secondary_start(void);

static void fp_enable(void)
{
	write_sysreg(cpacr_el1, 3u << 20);
	isb();
}

static void find_cpus(void)
{
	struct fdt_node node = fdt_first();

	for (; node.found && cpu_count < MAX_CPUS; node = fdt_next(node)) {
		if (!fdt_property_is(node, "device_type", "cpu"))
			continue;
		cpus[cpu_count].mpidr = fdt_reg_cells(node);
		cpus[cpu_count].index = cpu_count;
		cpus[cpu_count].stack = (uint64_t)&stacks[cpu_count][STACK_SIZE];
		cpu_count++;
	}
}

/* The first CPU arrives here, MMU off. */
void guest_boot(void)
{
	dtb_address = cpus[0].reset.x[0];
	exception_init();
	fp_enable();
	fdt_init(dtb_address);
	mmu_make_tables();
	mmu_enable();
	find_cpus();
	print_init();
	psci_init();
	cpus[0].runs = 1;
	print("# %s: %u CPUs, device tree at 0x%lx%s\n", test_name, cpu_count, dtb_address,
		on_plain ? ", no hypervisor" : "");
	gic_init();
	gic_init_cpu(&cpus[0]);
	test_main();
	test_end();
}

/* The others arrive here, MMU off. */
void guest_secondary(void)
{
	struct cpu *cpu = this_cpu();

	exception_init();
	fp_enable();
	mmu_enable();
	gic_init_cpu(cpu);
	cpu->runs++;
	cpu->function(cpu);
	irq_disable();
	psci_cpu_off();
	print("Bail out! CPU_OFF returned\n");
}

void cpu_prepare(uint32_t index, cpu_function *function, uint64_t argument)
{
	struct cpu *cpu = &cpus[index];

	cpu->function = function;
	cpu->argument = argument;
	cpu->runs_wanted = cpu->runs + 1;
	cpu->on_irq = NULL;
	cpu->on_exception = NULL;
	cpu->keep_active = false;
	cpu->log_count = 0;
	cpu->spurious = 0;
	cpu->fiqs = 0;
	mmu_clean(cpu, sizeof(*cpu));
}

bool cpu_start(uint32_t index, cpu_function *function, uint64_t argument)
{
	struct cpu *cpu = &cpus[index];

	cpu_prepare(index, function, argument);
	return psci_cpu_on(cpu->mpidr, (uint64_t)&secondary_start, (uint64_t)cpu) == PSCI_SUCCESS;
}

bool cpu_wait_arrived(uint32_t index)
{
	struct cpu *cpu = &cpus[index];

	return WAIT_FOR(cpu->runs >= cpu->runs_wanted, LONG);
}

bool cpu_wait_off(uint32_t index)
{
	struct cpu *cpu = &cpus[index];

	/* Plain QEMU says OFF until the CPU really starts. */
	return cpu_wait_arrived(index) &&
	       WAIT_FOR(psci_affinity_info(cpu->mpidr, 0) == PSCI_OFF, LONG);
}
