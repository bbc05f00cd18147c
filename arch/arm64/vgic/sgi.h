/* SPDX-License-Identifier: Apache-2.0 */
/* Which vCPU an affinity means. */
#ifndef PINION_SGI_H
#define PINION_SGI_H

#include <stdint.h>

struct vcpu_config;
struct vm_config;

/* The vCPU of `vm` with this affinity, as vgic_affinity() packs it; null if the VM has none. */
const struct vcpu_config *vgic_find_vcpu(const struct vm_config *vm, uint32_t affinity);

#endif
