/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The accesses to the physical distributor and redistributors that a guest can cause. Bits of
 * interrupts that its VM does not own, by the masks of its vgic_config, are neither changed nor
 * shown. The VM's lock is held. For `b` and `target` see bank.h.
 */
#ifndef PINION_PHYSICAL_FILTER_H
#define PINION_PHYSICAL_FILTER_H

#include <stdint.h>

struct vcpu;
struct vcpu_config;
struct vm_config;

/* Writes `bits` of bank `b` to a register, `reg` by its offset in bank 0, in which zeros have no
 * effect: GIC_ISENABLER to GIC_ICACTIVER. vgic_physical_read() reads it. */
void vgic_physical_write(const struct vcpu *target, uint32_t b, uint32_t reg, uint32_t bits);
uint32_t vgic_physical_read(const struct vcpu *target, uint32_t b, uint32_t reg);

/* Enables those of `bits` in hardware that are in `forwarded`, and disables the others. */
void vgic_physical_enable(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t forwarded);

/* Waits until disabling has taken effect: for all SPIs, and the private interrupts of `target`. */
void vgic_physical_settle(const struct vcpu *target);

/* Makes those of `bits` that are in `edge` edge-triggered and the others level-sensitive. Returns
 * those of `bits` that are edge-triggered now: the hardware may fix some. */
uint32_t vgic_physical_trigger(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t edge);

/* Routes SPI `intid` to the pCPU of `to`. Does nothing if `vm` does not own it. */
void vgic_physical_route(const struct vm_config *vm, uint32_t intid, const struct vcpu_config *to);

#endif
