// SPDX-License-Identifier: Apache-2.0
/* Exceptions: the expected ones are recorded, interrupts go to the GIC, any other ends the test. */
#include "cpu.h"
#include "gic.h"
#include "print.h"
#include "psci.h"
#include "test.h"

extern char vectors[];
void exception(uint64_t kind, struct frame *frame);

enum { SYNC = 0, IRQ = 1, FIQ = 2 };

void exception_init(void)
{
	write_sysreg(vbar_el1, (uint64_t)vectors);
	isb();
}

void expect_begin(void)
{
	struct cpu *cpu = this_cpu();

	cpu->fault.taken = false;
	cpu->expecting = true;
}

struct fault expect_end(void)
{
	struct cpu *cpu = this_cpu();

	cpu->expecting = false;
	return (struct fault){cpu->fault.taken, cpu->fault.esr, cpu->fault.far, cpu->fault.elr};
}

static void record(struct cpu *cpu, struct frame *frame)
{
	cpu->fault.taken = true;
	cpu->fault.esr = frame->esr;
	cpu->fault.far = frame->far;
	cpu->fault.elr = frame->elr;
	if (ESR_EC(frame->esr) == EC_INSTRUCTION_ABORT)
		frame->elr = frame->x[30];
	else
		frame->elr += 4;
}

/* `kind`: number of the vector, 4 to 7 being the current level on its own stack. */
void exception(uint64_t kind, struct frame *frame)
{
	struct cpu *cpu = this_cpu();

	if (cpu->on_exception && cpu->on_exception(cpu, kind, frame))
		return;
	if (kind == 4 + IRQ) {
		gic_irq(cpu);
	} else if (kind == 4 + FIQ) {
		gic_fiq(cpu);
	} else if (kind == 4 + SYNC && cpu->expecting) {
		record(cpu, frame);
	} else {
		print("Bail out! CPU %u: exception by vector %lu, ESR 0x%lx, FAR 0x%lx, ELR 0x%lx (image + 0x%lx), LR "
		      "0x%lx\n",
			cpu->index, kind, frame->esr, frame->far, frame->elr,
			frame->elr - (uint64_t)image_start, frame->x[30] - (uint64_t)image_start);
		psci_system_off();
	}
}
