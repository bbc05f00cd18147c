/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hyp/ asks of the architecture. Nothing else of arch/ is visible there; host tests bring
 * their own. In arch/arm64/ are
 *
 * arch_kick(), arch_kick_reaches()                       gic/gic.c arch_set_interrupt_line()
 * trap/irq.c arch_vm_halt()                                       vcpu/stage2.c arch_vm_load()
 * vcpu/load.c arch_vm_reset()                             vcpu/life.c arch_vcpu_start(),
 * arch_vcpu_park()         vcpu/life.c arch_vcpu_idle()                            vcpu/enter.S
 * arch_counter(), arch_counter_frequency()   hw/timer.c arch_timer_set()
 * hw/timer.c arch_device_read(), arch_device_write()              hw/device.S arch_panic()
 * trap/panic.c arch_machine_off()                         boot/machine_off.c
 */
#ifndef PINION_ARCH_H
#define PINION_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "arch_cpu.h"
#include "config.h"

struct vcpu;

/*
 * arch_cpu.h, inline: struct arch_vcpu, this_vcpu(), cpu_relax() (the body of a spin loop),
 * cpu_wait_event() (WFE) and cpu_send_event() (SEV).
 */

/*
 * Makes `target`'s pCPU look at its request word: leaves the guest, or wakes up in EL2. All stores
 * made before are visible to it by then. From any pCPU, also for a vCPU of another VM.
 */
void arch_kick(const struct vcpu_config *target);

/*
 * True if a kick brings `target` to EL2. False where the machine gives EL2 no interrupt that its
 * guest would leave for: kicks wait until it is in EL2 by itself or by arch_vm_halt(), and what
 * each is good for is that it makes a device of the VM interrupt its guest.
 */
bool arch_kick_reaches(const struct vcpu_config *target);

/*
 * No vCPU of `vm`, which is no longer running, executes another instruction of its guest: those
 * that kicks do not reach come to EL2 by this. From any pCPU.
 */
void arch_vm_halt(const struct vm_config *vm);

/*
 * The line of an emulated device of `vm` (SPI, by INTID) goes to `level`. On a pCPU of that VM,
 * with the device's lock held. Kicks the vCPU that the guest routed the interrupt to.
 */
void arch_set_interrupt_line(const struct vm_config *vm, uint32_t intid, bool level);

/* The system counter, as guests read it, and how often it counts in a second. */
uint64_t arch_counter(void);
uint64_t arch_counter_frequency(void);

/* EL2's timer of this pCPU interrupts when the counter has reached `at`. See deadline_set(). */
#define TIMER_NEVER UINT64_MAX
void arch_timer_set(uint64_t at);

/* Enters the guest at IPA `entry` with x0 = `context` and every register as after a reset. */
_Noreturn void arch_vcpu_start(struct vcpu *vcpu, uint64_t entry, uint64_t context);

/*
 * Takes the guest off this pCPU: nothing of it is pending, active or armed here afterwards. May be
 * called twice.
 */
void arch_vcpu_park(struct vcpu *vcpu);

/* Waits in EL2, serving the request word, until the vCPU or its VM is to start. */
_Noreturn void arch_vcpu_idle(struct vcpu *vcpu);

/*
 * Copies the VM's images to its RAM, which is zeroed first if the VM says so, and to its disks, and
 * makes them visible to a guest whose caches are off. On vCPU 0's pCPU. Unless this is the `first`
 * life, images that go there `once` are left out, and nothing that the last life left in the caches
 * comes down on the RAM later.
 */
void arch_vm_load(const struct vm_config *vm, bool first);

/*
 * Brings what the vCPUs of a VM share, the interrupt controller above all, to its state after
 * power-on.
 */
void arch_vm_reset(const struct vm_config *vm);

/*
 * One access of `size` bytes (1, 2, 4, 8) to the register of a passed-through device at physical
 * address `pa`, a multiple of it. On a pCPU of the device's VM, in one of its EL2 views. False if
 * the device answered with an error. What is written has reached the device on return.
 */
bool arch_device_read(uint64_t pa, unsigned size, uint64_t *value);
bool arch_device_write(uint64_t pa, unsigned size, uint64_t value);

/* An invariant of the hypervisor is broken: says where and why, and stops this pCPU for good. */
_Noreturn void arch_panic(const char *reason);

/* Switches the machine off, if its firmware can, once all messages are out. */
_Noreturn void arch_machine_off(void);

#endif
