/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GIC of a VM, of the version that the physical GIC has, with one security state. EL2
 * emulates the distributor and, of a GICv3, the redistributors. The CPU interface is the virtual
 * one of the hardware.
 *
 * What is here is the same for both versions (Arm IHI 0048, IHI 0069). The registers that the guest
 * sees are in vgicv2/ and vgicv3/, and what this logic needs of the version is in headers that both
 * have: ich.h, ich_regs.h, physical.h, route.h, vgic_own.h and sgi_latch.h.
 *
 * An interrupt that is pending and can be delivered is in a list register of the vCPU that it is
 * routed to. That vCPU holds it until the list register is empty. All other state is in the banks
 * (bank.h).
 *
 * Only a vCPU's own pCPU accesses its list registers. Other pCPUs mark a bank as queued or to be
 * synced (requests.h), and kick the vCPU.
 *
 * All of this is done under the VM's lock. Two frequent cases need no lock: the sender of an SGI
 * sets an atomic bit in the bank of the target, and a private hardware interrupt concerns its own
 * pCPU alone.
 */
#ifndef PINION_VGIC_H
#define PINION_VGIC_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct vm_config;

/* Puts the VM's distributor and redistributors into their state after power-on. Disables and clears
 * the physical SPIs of the VM, and routes them to vCPU 0. All vCPUs of the VM are parked. */
void vgic_vm_reset(const struct vm_config *vm);

/* Disables and clears the private hardware interrupts of this pCPU's vCPU, after vgic_cpu_off(). */
void vgic_cpu_reset(struct vcpu *vcpu);

/* Puts the virtual CPU interface of this pCPU into its state after reset, with its maintenance
 * interrupts off. The vCPU of this pCPU is off. */
void vgic_interface_reset(void);

/* Delivers interrupts from here on. On the vCPU's own pCPU; the vCPU is off. */
void vgic_cpu_on(struct vcpu *vcpu);

/*
 * Stops delivering interrupts. Empties the list registers, and keeps in the banks what is pending.
 * Then resets the virtual CPU interface. On the vCPU's own pCPU. Also called before the vCPU goes
 * on for the first time; may be called twice.
 */
void vgic_cpu_off(struct vcpu *vcpu);

/* True if no interrupt waits for `vcpu`, even one that its CPU interface masks. On its own pCPU. */
bool vgic_cpu_is_quiet(const struct vcpu *vcpu);

/* Waits in EL2 until an interrupt may be there for `vcpu`. On its own pCPU. */
void vgic_cpu_wait(struct vcpu *vcpu);

/* Takes physical interrupt `intid`, which this pCPU has acknowledged and whose priority it has
 * dropped. Deactivates it if the VM does not own it. */
void vgic_hardware_interrupt(struct vcpu *vcpu, uint32_t intid);

/* Serves a maintenance interrupt. It is level-sensitive, so nothing has to be acknowledged. */
void vgic_maintenance(struct vcpu *vcpu);

/* Serves REQUEST_VGIC on the vCPU's own pCPU, also while the vCPU is off. */
void vgic_update(struct vcpu *vcpu);

/* Sets the line of an emulated device, SPI `intid`, to `level`. On a pCPU of `vm`. */
void vgic_set_line(const struct vm_config *vm, uint32_t intid, bool level);

/* A trapped read of the CPU interface: the guest reads the virtual one, so none is left for EL2. */
bool vgic_read_register(struct vcpu *vcpu, uint32_t reg, uint64_t *value);

/* What both versions have of struct interrupt_mode. */
#define VGIC_MODE                                                                                  \
	.hcr = HCR_IMO | HCR_FMO, .vm_reset = vgic_vm_reset, .cpu_on = vgic_cpu_on,                \
	.cpu_off = vgic_cpu_off, .cpu_wait = vgic_cpu_wait, .set_line = vgic_set_line,             \
	.read_register = vgic_read_register

#endif
