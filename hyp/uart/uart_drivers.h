/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drivers of physical UARTs. gen/uart_kinds.py says which UARTs each drives. An image has the
 * one that its tables name; the linker leaves out the others.
 */
#ifndef PINION_UART_DRIVERS_H
#define PINION_UART_DRIVERS_H

#include "uart/uart.h"

extern const struct uart_driver uart_pl011;       /* Arm PrimeCell UART PL011 */
extern const struct uart_driver uart_sbsa;        /* Generic UART of Arm's servers */
extern const struct uart_driver uart_8250;        /* NS16550A and what behaves like it */
extern const struct uart_driver uart_mt6577;      /* MediaTek's 16550 */
extern const struct uart_driver uart_omap;        /* TI's 16550 */
extern const struct uart_driver uart_tegra;       /* Nvidia's 16550 */
extern const struct uart_driver uart_bcm2835_aux; /* mini UART of the Raspberry Pi */
extern const struct uart_driver uart_imx;         /* i.MX */
extern const struct uart_driver uart_cadence;     /* Zynq */

#endif
