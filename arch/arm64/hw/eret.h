/* SPDX-License-Identifier: Apache-2.0 */
/* For assembly. */
#ifndef PINION_ERET_H
#define PINION_ERET_H

/* The return from an exception, and nothing speculated past it. */
#define EXCEPTION_RETURN                                                                           \
	eret;                                                                                      \
	dsb nsh;                                                                                   \
	isb

#endif
