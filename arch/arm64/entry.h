/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What assembly and C call of each other. hyp/arch.h has what hyp/ calls of assembly:
 * arch_vcpu_idle(), arch_device_read() and arch_device_write().
 *
 * vectors.S calls one of these functions for an exception that is taken to EL2, by its vector and,
 * if it is synchronous, by its exception class (ESR_EL2.EC). The files are in trap/.
 *
 * from   exception    class                   function                            file
 *
 * guest  synchronous  EC_HVC64                hvc_handle()                        smccc.c
 *                     EC_SMC64                smc_handle()                        smccc.c
 *                     EC_DABT_LOWER, ISV = 1  data_abort(), data_abort_undo()     abort.c
 *                     EC_DABT_LOWER, ISV = 0  data_abort_without_syndrome()       abort.c
 *                     EC_SYSREG               sysreg_trap()                       sysreg_trap.c
 *                     EC_IABT_LOWER           sync_handle(): instruction_abort()  sync.c, abort.c
 *                     EC_WFX                  sync_handle()                       sync.c
 *                     any other               sync_handle(): UNDEFINED            sync.c
 *        IRQ                                  irq_handle()                        irq.c
 *        FIQ                                  fiq_handle()                        irq.c
 *        SError                               serror_handle()                     fault.c
 * EL2    any                                  panic_exception()                   panic.c
 */
#ifndef PINION_ENTRY_H
#define PINION_ENTRY_H

#include <stdint.h>

#include "config.h"

struct guest_frame;
struct panic_frame;
struct vcpu;
struct vcpu_config;

/* ---------------------------------------------------------------- head.S calls */

/* The boot CPU, on the boot stack and in the boot view. `fdt` is the host's device tree: x0 as the
 * firmware passed it, not checked yet. */
_Noreturn void boot_main(const void *fdt);

/*
 * move.S calls it: the image is not where it was linked to run. Returns if it may be moved there:
 * if that RAM is free by the host's device tree `fdt`, which is x0 as the firmware passed it. Else
 * says why not, and stops. The MMU is off.
 */
void boot_misplaced(const void *fdt);

/* The pCPU of `config`, on its own stack and in the run view of its VM. */
_Noreturn void cpu_main(const struct vcpu_config *config);

/* Not 0: the CPUs that the firmware started together with the boot CPU may go on. head.S reads it
 * with MMU and caches off, so whoever stores it cleans it to the point of coherency. */
extern uint32_t cpu_release;

/* ---------------------------------------------------------------- vectors.S calls */

/*
 * All of these run on the pCPU of `vcpu` with interrupts masked; `esr` is ESR_EL2. `frame` holds
 * the guest's x0 to x17 and x30. It also holds x18 to x29 if the trapped instruction names one of
 * them, or if the comment says that it is complete (frame.h). When the function returns, vectors.S
 * returns to the guest.
 */

/* HVC and SMC. The result is the guest's x0. */
int64_t hvc_handle(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);
int64_t smc_handle(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);

/*
 * A data abort whose syndrome describes the instruction (ISV = 1). If the result is not MMIO_DONE,
 * ELR_EL2 is already behind an instruction that has not been carried out. vectors.S then calls
 * data_abort_undo() with the result, which moves ELR_EL2 back and raises the external abort of
 * MMIO_FAULT.
 */
enum mmio_result data_abort(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);
void data_abort_undo(enum mmio_result result);

/* A data abort whose syndrome does not describe the instruction (ISV = 0). `frame` is complete. */
void data_abort_without_syndrome(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);

/* MSR, MRS or a system instruction: EL2 carries it out, or it is UNDEFINED. */
void sysreg_trap(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);

/* A synchronous exception of any other class. `frame` is complete. */
void sync_handle(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame);

/* IRQ: acknowledges the highest pending interrupt of Group 1 and serves it. */
void irq_handle(struct vcpu *vcpu);

/* FIQ: does the same for Group 0, which EL2 uses on the pCPUs of VMs in direct mode if
 * arch_vcpu_config.group0 is set. On any other pCPU an FIQ is a panic. */
void fiq_handle(struct vcpu *vcpu);

/* SError while the guest ran: the VM of this pCPU has crashed. `frame` is complete. */
void serror_handle(struct guest_frame *frame);

/*
 * An exception in EL2 itself: a panic. `kind` is 0 for a synchronous exception, 1 for an IRQ, 2 for
 * an FIQ and 3 for an SError. Returns only if a passed-through device answered EL2's access with an
 * error; ELR_EL2 is device_access_failed then.
 */
void panic_exception(const struct panic_frame *frame, uint32_t kind);

/* ---------------------------------------------------------------- C calls of head.S */

/* The address that EL2 passes to the firmware's PSCI CPU_ON. A pCPU starts there at EL2 with its
 * MMU off and x0 = its struct vcpu_config. C never calls it. */
void secondary_entry(void);

/* The entry of a pCPU that polled for it, with the MMU off. C passes the address on and does not
 * call it. */
void released_entry(void);

/* Leaves the boot view and the boot stack for the run view and the stack of `config`, which is the
 * boot CPU's own vCPU, and goes on in cpu_main(). */
_Noreturn void cpu_enter(const struct vcpu_config *config);

/* ---------------------------------------------------------------- C and vcpu/enter.S */

/* Enters the guest at ELR_EL2 with PSTATE from SPSR_EL2, x0 as given and all other general
 * registers zero. What is on this pCPU's stack is dropped. */
_Noreturn void guest_enter(uint64_t x0);

/* The loop of arch_vcpu_idle(), which enter.S enters with an empty stack: sleeps by WFI and serves
 * interrupts, until one of them starts the vCPU. */
_Noreturn void vcpu_wait(struct vcpu *vcpu);

/* ---------------------------------------------------------------- C calls of the other files */

/* smc.S: makes a call of the firmware for a guest, with x0 to x7 from `x`, where it stores them as
 * the firmware leaves them. x8 to x17 are 0 for the firmware, and what it leaves there is lost. */
#define SMC_ARGUMENTS 8
void smc_forward(uint64_t x[SMC_ARGUMENTS]);

/* fp.S: zeroes the FP and SIMD registers, FPCR and FPSR of this pCPU. */
void fp_scrub(void);

/* view.S: makes `ttbr` the TTBR0_EL2 of this pCPU and invalidates EL2's entries in its TLBs. The
 * new view has to map the running code and the stack in use. */
void view_switch(uint64_t ttbr);

/*
 * revoke.S: zeroes the first `entries` entries of the stage-2 root at `root`, invalidates the TLB
 * entries of its VMID on all pCPUs, and enables the kick's SGI on the pCPUs of the `count` vCPUs
 * from `vcpus` on, which wakes up those that sleep. `view` is the TTBR0_EL2 of the VM's run view,
 * which maps `root` and the redistributors; `vttbr` is its VTTBR_EL2. From any pCPU.
 */
void stage2_revoke(uint64_t view, uint64_t vttbr, uint64_t *root, uint64_t entries,
	const struct vcpu_config *vcpus, uint64_t count);

/* device.S: the instructions in [device_access, device_access_end) access passed-through devices.
 * After an error of a device, EL2 goes on at device_access_failed. */
extern const char device_access[], device_access_end[], device_access_failed[];

#endif
