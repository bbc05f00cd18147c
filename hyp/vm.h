/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's life. */
#ifndef PINION_VM_H
#define PINION_VM_H

#include <stdatomic.h>
#include <stdint.h>

#include "console.h"

/* The part of a VM that only its own EL2 view maps. */
struct vm {
	struct vgic_vm vgic;
	_Atomic uint32_t life;
};

/* The part that every EL2 view maps. */
struct vm_shared {
	struct console console;
};

#endif
