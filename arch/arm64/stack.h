/* SPDX-License-Identifier: Apache-2.0 */
/* The stacks of a pCPU, in bytes. From high to low addresses: stack, guard page, emergency stack,
 * guard page. gen/image/layout.py places them and has the same sizes. */
#ifndef PINION_STACK_H
#define PINION_STACK_H

#define STACK_SIZE           8192
#define STACK_GUARD          4096
#define EMERGENCY_STACK_SIZE 4096

#endif
