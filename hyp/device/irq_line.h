/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt line of an emulated device: what PL011, virtio and watchdog have in common. With
 * the lock of the device held.
 */
#ifndef PINION_IRQ_LINE_H
#define PINION_IRQ_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

struct irq_line {
	const struct vm_config *vm; /* whose device it is */
	uint32_t intid;             /* an SPI of that VM */
	bool repeat; /* direct: each access while the line is up sets the interrupt pending again */
	bool *level; /* what the line was set to last; of the device's state */
};

/* True if to set the line to `level` is more than to leave it as it is. */
static inline bool irq_line_moves(const struct irq_line *line, bool level)
{
	return level != *line->level || (level && line->repeat);
}

/* Sets the line to `level`, which it may have already. */
void irq_line_move(const struct irq_line *line, bool level);

/* Sets the line to `level`, if that is more than to leave it as it is. On a pCPU of its VM. */
static inline void irq_line_set(const struct irq_line *line, bool level)
{
	if (irq_line_moves(line, level))
		irq_line_move(line, level);
}

#endif
