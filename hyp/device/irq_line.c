/* SPDX-License-Identifier: Apache-2.0 */
/* Moves the interrupt line of an emulated device. */
#include "device/irq_line.h"

#include "arch.h"

void irq_line_move(const struct irq_line *line, bool level)
{
	*line->level = level;
	arch_set_interrupt_line(line->vm, line->intid, level);
}
