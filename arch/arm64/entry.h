/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What assembly and C call of each other. What hyp/ calls of assembly is in hyp/arch.h:
 * arch_vcpu_idle(), arch_device_read() and arch_device_write().
 *
 * An exception ends in one of these functions, by its vector and, if it is synchronous, by its
 *class (ESR_ELx.EC):
 *
 *	from the guest	class			function				file
 *	synchronous	EC_HVC64		hvc_handle()				smccc.c
 *			EC_SMC64		smc_handle()				smccc.c
 *			EC_DABT_LOWER, ISV = 1	data_abort(), data_abort_undo()		abort.c
 *			EC_DABT_LOWER, ISV = 0	data_abort_without_syndrome()		abort.c
 *			EC_SYSREG		sysreg_trap() sysreg_trap.c EC_IABT_LOWER
 *sync_handle(), instruction_abort()	sync.c, abort.c EC_WFX			sync_handle()
 *sync.c any other		sync_handle(): UNDEFINED		sync.c
 *	IRQ					irq_handle()				irq.c
 *	FIQ					fiq_handle()				irq.c
 *	SError					serror_handle()				fault.c
 *	from EL2	any			panic_exception()			panic.c
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

/* The boot CPU, on the boot stack and in the boot view; `fdt` is the host's device tree as the
 * firmware passed it. */
_Noreturn void boot_main(const void *fdt);

/* The MMU is off, and the image is `distance` bytes below the address that it was linked for: says
 * so. */
_Noreturn void boot_misplaced(uint64_t distance);

/* A pCPU on its own stack, in the view of its VM. */
_Noreturn void cpu_main(const struct vcpu_config *config);

/* Not zero: CPUs that the firmware started together may go on. head.S reads it with caches off. */
extern uint32_t cpu_release;

/* ---------------------------------------------------------------- vectors.S calls */

/*
 * `vcpu` is this pCPU's, `esr` is ESR_EL2. Unless something else is said, `frame` holds x0 to x17
 * and x30 and, if an instruction names another register, that one (frame.h). The guest goes on when
 * the function returns.
 */

/* HVC and SMC instructions. The result goes to the guest's x0. */
int64_t hvc_handle(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame);
int64_t smc_handle(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame);

/* Data abort whose syndrome is valid (ISV). Unless the result is MMIO_DONE, the guest has been
 * moved on too early, and vectors.S calls data_abort_undo() with that result. */
enum mmio_result data_abort(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);
void data_abort_undo(enum mmio_result result);

/* Data abort whose syndrome says nothing of the instruction. `frame` is complete. */
void data_abort_without_syndrome(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);

/* MSR, MRS or system instruction: executed for the guest, or UNDEFINED. */
void sysreg_trap(struct vcpu *vcpu, uint64_t esr, struct guest_frame *frame);

/* Synchronous exception of any other class. `frame` is complete. */
void sync_handle(struct vcpu *vcpu, uint64_t esr, const struct guest_frame *frame);

/* IRQ: takes the highest pending interrupt of Group 1 and serves it. */
void irq_handle(struct vcpu *vcpu);

/* FIQ: the same of Group 0, which is EL2's own on the pCPU of a VM in direct mode
 * (arch_vcpu_config.group0). */
void fiq_handle(struct vcpu *vcpu);

/* SError while the guest ran: the end of its VM. `frame` is complete. */
void serror_handle(struct guest_frame *frame);

/* An exception of EL2 itself; `kind` is 0 synchronous, 1 IRQ, 2 FIQ, 3 SError. Returns after an
 * error of a passed-through device alone, with ELR_EL2 at device_access_failed. */
void panic_exception(const struct panic_frame *frame, uint32_t kind);

/* ---------------------------------------------------------------- C calls of head.S */

/* Where PSCI CPU_ON starts a pCPU, MMU off; x0 is its struct vcpu_config. Not called, its address
 * is passed on. */
void secondary_entry(void);

/* The boot CPU leaves the boot view and stack for those of its vCPU: cpu_main() follows. */
_Noreturn void cpu_enter(const struct vcpu_config *config);

/* ---------------------------------------------------------------- C and vcpu/enter.S */

/* Enters the guest at ELR_EL2 with PSTATE from SPSR_EL2, with x0 as given and all other general
 * registers zero. Drops whatever is on the stack. */
_Noreturn void guest_enter(uint64_t x0);

/* enter.S calls it: arch_vcpu_idle() on an empty stack; whatever called that does not return. */
_Noreturn void vcpu_wait(struct vcpu *vcpu);

/* ---------------------------------------------------------------- C calls of the other files */

/* fp.S: zeroes the FP and SIMD registers, FPCR and FPSR. */
void fp_scrub(void);

/* view.S: EL2's address space on this pCPU is the one whose root is `ttbr`, in which code and stack
 * are where they were. */
void view_switch(uint64_t ttbr);

/*
 * revoke.S: clears the `entries` entries of the stage-2 root at `root` and lets kicks through on
 * the pCPUs of the `count` vCPUs, which wakes up those that sleep. `view` is the TTBR0_EL2 of the
 * VM's run view, `vttbr` its VTTBR_EL2.
 */
void stage2_revoke(uint64_t view, uint64_t vttbr, uint64_t *root, uint64_t entries,
	const struct vcpu_config *vcpus, uint64_t count);

/* device.S: the code that accesses passed-through devices, from the first up to the second; and
 * where it goes on after an error of the device. */
extern const char device_access[], device_access_end[], device_access_failed[];

#endif
