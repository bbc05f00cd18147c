/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that assembly and C share; cpu.c checks each against the structures. */
#ifndef GUEST_OFFSETS_H
#define GUEST_OFFSETS_H

#define LINK_ADDRESS 0x40200000
#define STACK_SIZE   0x4000
#define FRAME_SIZE   288

#define CPU_STACK           0
#define CPU_RESET_X0        8
#define CPU_RESET_X2        24
#define CPU_RESET_CURRENTEL 40
#define CPU_RESET_SPSEL     56
#define CPU_RESET_CPACR     72
#define CPU_RESET_CNTV_CTL  88
#define CPU_RESET_CNTKCTL   104

#endif
