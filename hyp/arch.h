/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of the architecture that hyp/ calls. Of arch/, hyp/ sees only these, the types of
 * arch_cpu.h and arch_config.h, and the inline functions of hw/cpu_insn.h and hw/mmio_raw.h. Host
 * tests bring functions of their own. In arch/arm64/ they are in these files:
 *
 *     arch_kick(), arch_kick_reaches()              gicv2/gic.c, gicv3/gic.c
 *     arch_vm_halt()                                vcpu/stage2.c
 *     arch_set_interrupt_line()                     trap/irq.c
 *     arch_counter(), arch_counter_frequency()      hw/timer.c
 *     arch_timer_set()                              hw/timer.c
 *     arch_vcpu_start(), arch_vcpu_park()           vcpu/life.c
 *     arch_vcpu_idle()                              vcpu/enter.S
 *     arch_vm_load()                                vcpu/load.c
 *     arch_vm_reset()                               vcpu/life.c
 *     arch_device_read(), arch_device_write()       hw/device.S
 *     arch_panic()                                  trap/panic.c
 *     arch_machine_can_end(), arch_machine_end()    boot/machine_end.c
 */
#ifndef PINION_ARCH_H
#define PINION_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "arch_cpu.h"
#include "config.h"

struct vcpu;

/*
 * arch_cpu.h brings struct arch_vcpu and these inline functions: this_vcpu(), cpu_relax() (the body
 * of a spin loop), cpu_wait_event() (WFE) and cpu_send_event() (SEV).
 */

/*
 * Makes the pCPU of `target` look at its request word: it leaves its guest, or wakes up if it waits
 * in EL2. It then sees all stores that this pCPU made before the call. From any pCPU, also for a
 * vCPU of another VM.
 */
void arch_kick(const struct vcpu_config *target);

/*
 * True if a kick makes `target` leave its guest. False if the machine gives EL2 no interrupt that
 * would interrupt this guest. Such a kick stays pending until the vCPU is in EL2 for another
 * reason, or arch_vm_halt() brings it there. Until then a request is useful only because
 * arch_kick() then makes a device of the VM interrupt the guest, whose access to that device serves
 * the request.
 */
bool arch_kick_reaches(const struct vcpu_config *target);

/*
 * Brings those vCPUs of `vm` to EL2 that kicks do not reach. They execute no further instruction of
 * their guest. The caller has moved the VM on from VM_RUNNING before. From any pCPU.
 */
void arch_vm_halt(const struct vm_config *vm);

/*
 * Sets the interrupt line of an emulated device of `vm` to `level`; `intid` is an SPI. Kicks the
 * vCPU that the guest routed the interrupt to. On a pCPU of that VM, with the device's lock held.
 */
void arch_set_interrupt_line(const struct vm_config *vm, uint32_t intid, bool level);

/* The system counter as guests read it, and its frequency in Hz. */
uint64_t arch_counter(void);
uint64_t arch_counter_frequency(void);

/*
 * Makes EL2's timer interrupt this pCPU when the counter reaches `at`; TIMER_NEVER turns the timer
 * off. For deadline_set() alone.
 */
#define TIMER_NEVER UINT64_MAX
void arch_timer_set(uint64_t at);

/*
 * Enters the guest of `vcpu`, which is this pCPU's, at IPA `entry` with x0 = `context` and all
 * other registers as after a reset.
 */
_Noreturn void arch_vcpu_start(struct vcpu *vcpu, uint64_t entry, uint64_t context);

/*
 * Takes the guest off this pCPU: afterwards no interrupt of it is pending or active here, and no
 * timer of it is armed. A second call does no harm.
 */
void arch_vcpu_park(struct vcpu *vcpu);

/* Waits in EL2 and serves the request word, until the vCPU or its VM has to start. */
_Noreturn void arch_vcpu_idle(struct vcpu *vcpu);

/*
 * Copies the VM's images to its RAM and disks, and makes them visible to a guest with caches off.
 * Zeroes the RAM first if vm_config.clear says so. Cleans and invalidates it in the caches, so that
 * nothing of the last life is written back to it later, nor in the `first` life anything of the
 * firmware. If this is not the first life, leaves out the images marked `once`. On the pCPU of
 * vCPU 0.
 */
void arch_vm_load(const struct vm_config *vm, bool first);

/*
 * Resets what the vCPUs of a VM share, above all its interrupt controller, to the state after
 * power-on. All vCPUs of the VM are parked; on a pCPU of that VM.
 */
void arch_vm_reset(const struct vm_config *vm);

/*
 * Makes one access of `size` bytes (1, 2, 4 or 8) to a register of a passed-through device. `pa` is
 * its physical address, a multiple of `size`. On a pCPU of the device's VM, in one of its EL2
 * views. Returns false if the device answered with an error. A write has reached the device on
 * return.
 */
bool arch_device_read(uint64_t pa, unsigned size, uint64_t *value);
bool arch_device_write(uint64_t pa, unsigned size, uint64_t value);

/* For broken invariants of EL2: prints `reason` and a backtrace, and stops this pCPU for good. */
_Noreturn void arch_panic(const char *reason);

/*
 * Waits until all text is out, and brings the machine to an end: by the register writes of the
 * platform file, and by PSCI if the firmware has the function. If there is neither, it says so and
 * stops this pCPU; arch_machine_can_end() tells that beforehand.
 */
_Noreturn void arch_machine_end(enum machine_end end);
bool arch_machine_can_end(enum machine_end end);

#endif
