/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt line of an emulated device, for PL011, virtio and watchdog alike. All functions are
 * called with the lock of the device held.
 */
#ifndef PINION_IRQ_LINE_H
#define PINION_IRQ_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

struct irq_line {
	const struct vm_config *vm; /* the VM of the device */
	uint32_t intid;             /* an SPI of that VM */
	/*
	 * The VM has direct interrupts: each access to the device that leaves the line high sets
	 * the interrupt pending again.
	 */
	bool repeat;
	bool *level; /* the present level; in the state of the device */
};

/* True if setting the line to `level` needs irq_line_move(): the level changes, or repeats. */
static inline bool irq_line_moves(const struct irq_line *line, bool level)
{
	return level != *line->level || (level && line->repeat);
}

/* Sets the line to `level`, also if it has that level already. On a pCPU of its VM. */
void irq_line_move(const struct irq_line *line, bool level);

/* Sets the line to `level`, if there is something to do. On a pCPU of its VM. */
static inline void irq_line_set(const struct irq_line *line, bool level)
{
	if (irq_line_moves(line, level))
		irq_line_move(line, level);
}

#endif
