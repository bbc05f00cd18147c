/* SPDX-License-Identifier: Apache-2.0 */
/* The return from an exception, for assembly. */
#ifndef PINION_ERET_H
#define PINION_ERET_H

/* Barriers behind the ERET keep the CPU from speculating past it. */
#define EXCEPTION_RETURN                                                                           \
	eret;                                                                                      \
	dsb nsh;                                                                                   \
	isb

#endif
