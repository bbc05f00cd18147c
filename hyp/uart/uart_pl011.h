/* SPDX-License-Identifier: Apache-2.0 */
/* Driver of the physical Arm PrimeCell UART PL011. */
#ifndef PINION_UART_PL011_H
#define PINION_UART_PL011_H

#include "uart/uart.h"

extern const struct uart_driver uart_pl011;

#endif
