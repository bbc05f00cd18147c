/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PINION_VGIC_H
#define PINION_VGIC_H

struct vgic_cpu {
	int unused;
};

struct vgic_vm {
	int unused;
};

#endif
