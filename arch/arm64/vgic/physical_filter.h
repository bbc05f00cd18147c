/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All accesses to the physical distributor and redistributors that a guest can cause. What its VM
 * does not own, by the masks of its vgic_config, keeps every bit. With the VM's lock held. `b`,
 * `target`: see bank.h.
 */
#ifndef PINION_PHYSICAL_FILTER_H
#define PINION_PHYSICAL_FILTER_H

#include <stdint.h>

struct vcpu;
struct vcpu_config;
struct vm_config;

/* Writes one of the registers whose ones mean something and whose zeros do not. */
void vgic_physical_write(const struct vcpu *target, uint32_t b, uint32_t reg, uint32_t bits);
uint32_t vgic_physical_read(const struct vcpu *target, uint32_t b, uint32_t reg);

/* Enables in hardware what the virtual distributor forwards, disables the rest of `bits`. */
void vgic_physical_enable(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t forwarded);

/* Waits until no interrupt arrives that was disabled before: an SPI, or a private one of
 * `target`. */
void vgic_physical_settle(const struct vcpu *target);

/* Configures `bits` as edge-triggered or level-sensitive; returns what the hardware made of it. */
uint32_t vgic_physical_trigger(const struct vcpu *target, uint32_t b, uint32_t bits, uint32_t edge);

/* Routes SPI `intid` to the pCPU of `to`. Nothing happens if the VM does not own it. */
void vgic_physical_route(const struct vm_config *vm, uint32_t intid, const struct vcpu_config *to);

#endif
