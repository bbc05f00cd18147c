/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GICv3 of a VM (Arm IHI 0069, one security state): distributor and redistributors are
 * emulated, the CPU interface is the hardware's.
 *
 * An interrupt that is pending and can be delivered sits in a list register of the vCPU that it is
 * routed to, and that vCPU holds it until the list register is empty. All other state is in the
 * banks. Only a vCPU's own pCPU touches its list registers; others mark what they want looked at
 * (`queued`, `sync`) and kick it. All of this is under the lock of the VM, but for what makes the
 * two frequent interrupts cheap: an SGI is a bit set atomically in its target's bank, and a private
 * hardware interrupt concerns nothing but its own pCPU.
 */
#ifndef PINION_VGIC_H
#define PINION_VGIC_H

#include <stdbool.h>
#include <stdint.h>

#include "gic/interrupt_mode.h"

struct vcpu;
struct vm_config;

/* The state after power-on of the VM's distributor and redistributors; its shared hardware
 * interrupts are silenced and routed to vCPU 0. All its vCPUs are parked. */
void vgic_vm_reset(const struct vm_config *vm);

/* Silences the private hardware interrupts of this pCPU; on that vCPU's pCPU, after
 * vgic_cpu_off(). */
void vgic_cpu_reset(struct vcpu *vcpu);

/* The virtual CPU interface of this pCPU, with its maintenance interrupts off. On the pCPU of a
 * vCPU that is off. */
void vgic_interface_reset(void);

/* Interrupts are delivered from here on. The vCPU is off. */
void vgic_cpu_on(struct vcpu *vcpu);

/*
 * Empties the list registers; what was pending stays so in the distributor. The virtual CPU
 * interface is as out of reset then. Called before the vCPU goes on for the first time as well; may
 * be called twice.
 */
void vgic_cpu_off(struct vcpu *vcpu);

/* True if no interrupt waits for this vCPU, enabled by the guest's CPU interface or not. */
bool vgic_cpu_is_quiet(const struct vcpu *vcpu);

/* Physical interrupt `intid`, which the VM owns, was acknowledged and its priority dropped on this
 * pCPU. */
void vgic_hardware_interrupt(struct vcpu *vcpu, uint32_t intid);

/* The virtual CPU interface asks for attention. Level-sensitive: nothing has to be acknowledged. */
void vgic_maintenance(struct vcpu *vcpu);

/* Serves REQUEST_VGIC; also on a vCPU that is off. */
void vgic_update(struct vcpu *vcpu);

/* The line of an emulated device. */
void vgic_set_line(const struct vm_config *vm, uint32_t intid, bool level);

/* A write of an SGI generation register. */
void vgic_send_sgi(struct vcpu *vcpu, enum sgi_register which, uint64_t value);

/* A trapped write of ICC_DIR_EL1. */
void vgic_deactivate(struct vcpu *vcpu, uint32_t intid);

#endif
