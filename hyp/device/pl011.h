/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated Arm PrimeCell UART PL011 (Arm DDI 0183, r1p4) of a VM, on the VM's console.
 *
 * Its line is infinitely fast and loses no character. It takes bytes as long as the console's TX
 * ring has room, and holds input back while the receive FIFO is full. So the last entries of the TX
 * ring are the transmit FIFO, and the first ones of the RX ring are the receive FIFO. What takes
 * time in hardware happens at once: the receive timeout, the end of a transmission. Baud rate, word
 * length, loopback, IrDA and DMA can be set and read back, but have no effect.
 *
 * Reset values are the TRM's, except UARTCR.UARTEN: the guest gets the UART enabled, as from
 * firmware, for early consoles that write before any driver has run.
 */
#ifndef PINION_PL011_H
#define PINION_PL011_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "device/irq_line.h"
#include "lib/lock.h"

#define PL011_STORED 11 /* the registers from UARTILPR to UARTDMACR */

struct pl011 {
	struct lock lock;              /* the first field: pl011_reset() zeroes all behind it */
	uint16_t stored[PL011_STORED]; /* by (offset - UARTILPR) / 4 */
	uint16_t raw;                  /* UARTRIS */
	uint8_t status;                /* UARTRSR */
	/* The next five follow from UARTCR, UARTLCR_H and UARTIFLS. */
	bool transmits;
	bool receives;
	uint8_t depth;          /* of the FIFOs: 16 or 1 */
	uint8_t receive_level;  /* with so many entries, the receive FIFO raises its interrupt */
	uint8_t transmit_level; /* with so few entries, the transmit FIFO raises its interrupt */
	uint8_t received;       /* characters in the receive FIFO */
	uint8_t held;           /* bytes in the transmit FIFO of a disabled transmitter */
	bool above;             /* the transmit FIFO was above its level at the last look */
	bool polled;            /* the last access was a read of UARTFR */
	bool line;              /* level of the interrupt line */
};

struct pl011_config {
	struct pl011 *state;
	struct irq_line irq;
};

/* The functions of struct mmio_region; `device` points to a struct pl011_config. */
enum mmio_result pl011_read(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t *value);
enum mmio_result pl011_write(
	struct vcpu *vcpu, const void *device, uint64_t offset, unsigned size, uint64_t value);
void pl011_reset(const void *device);
void pl011_serve(const void *device);

#endif
