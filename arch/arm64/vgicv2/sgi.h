/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the virtual distributor about SGIs and who sent them. `self` accesses them. */
#ifndef PINION_SGI_H
#define PINION_SGI_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* A write of GICD_SGIR: sends an SGI to vCPUs of the VM. */
void vgic_sgir_write(struct vcpu *self, uint32_t value);

/*
 * GICD_CPENDSGIR and GICD_SPENDSGIR: for each of the `size` SGIs from `first` on a byte with a bit
 * for each vCPU of which it is pending here. A write clears these bits, or sets them (`set`).
 */
uint32_t vgic_senders_read(struct vcpu *self, uint32_t first, unsigned size);
void vgic_senders_write(struct vcpu *self, uint32_t first, unsigned size, uint32_t value, bool set);

#endif
