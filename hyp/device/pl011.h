/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated Arm PrimeCell UART PL011 (Arm DDI 0183, r1p4) of a VM, on the VM's console.
 *
 * The line is infinitely fast and never loses a character: it takes bytes as long as the console's
 * TX ring has room, and holds back input while the receive FIFO is full. So the last entries of the
 * TX ring are the transmit FIFO, the first ones of the RX ring the receive FIFO, and what would
 * follow after a time follows at once (the receive timeout, the end of a transmission). Baud rate,
 * word length, loopback, IrDA and DMA are remembered without effect.
 *
 * Reset values are the TRM's but for UARTCR.UARTEN: like firmware, the hypervisor hands the UART
 * over enabled, for early consoles that write before any driver has run.
 */
#ifndef PINION_PL011_H
#define PINION_PL011_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "device/irq_line.h"
#include "lib/lock.h"

#define PL011_STORED 11 /* registers from UARTILPR to UARTDMACR, by (offset - UARTILPR) / 4 */

struct pl011 {
	struct lock lock; /* first, pl011_reset() leaves it alone */
	uint16_t stored[PL011_STORED];
	uint16_t raw;   /* UARTRIS */
	uint8_t status; /* UARTRSR */
	/* What UARTCR, UARTLCR_H and UARTIFLS say. */
	bool transmits;
	bool receives;
	uint8_t depth;          /* of the FIFOs: 16 or 1 */
	uint8_t receive_level;  /* entries at which the receive FIFO reaches its level */
	uint8_t transmit_level; /* entries down to which the transmit FIFO has to drain */
	uint8_t received;       /* characters in the receive FIFO */
	uint8_t held;           /* bytes in the transmit FIFO of a disabled transmitter */
	bool above;             /* the transmit FIFO was above its level when last looked at */
	bool polled;            /* the last access was a read of UARTFR */
	bool line;              /* level of the interrupt line */
};

struct pl011_config {
	struct pl011 *state;
	struct irq_line irq;
};

/*
 * What the generated tables name; `device` is a struct pl011_config.
 */
enum mmio_result pl011_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value);
enum mmio_result pl011_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value);
void pl011_reset(const void *device);
void pl011_serve(const void *device);

#endif
