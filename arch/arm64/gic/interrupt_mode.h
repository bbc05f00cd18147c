/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a VM gets its interrupts, as a table of functions. The generator picks one for each VM:
 *
 * - virtual: all physical interrupts go to EL2, which puts the VM's into list registers (vgic.h);
 * - direct: the interrupts of the VM's pCPUs go straight to EL1, and EL2 sends its SGIs (direct.h);
 * - sole: as direct, for a VM that has the machine for itself. No register of the CPU interface
 *   traps.
 *
 * Functions with a `vcpu` run on its pCPU.
 */
#ifndef PINION_INTERRUPT_MODE_H
#define PINION_INTERRUPT_MODE_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct vm_config;

/* The SGI generation registers. */
enum sgi_register { ICC_SGI1R, ICC_SGI0R, ICC_ASGI1R };

struct interrupt_mode {
	uint64_t hcr; /* HCR_EL2.IMO and FMO while the guest runs */

	/* Puts the VM's distributor and redistributors into their state after power-on. All its
	 * vCPUs are parked. */
	void (*vm_reset)(const struct vm_config *vm);

	/* Hides kicks from the guest again, which arch_vm_halt() has let through, because the VM
	 * goes on after all. On a pCPU of the VM. Null in virtual mode. */
	void (*vm_resume)(const struct vm_config *vm);

	/* Puts the CPU interface into its state after reset, and delivers interrupts from here on.
	 * The vCPU is off. */
	void (*cpu_on)(struct vcpu *vcpu);

	/* Delivers no more interrupts. The redistributor keeps what is pending. May be repeated. */
	void (*cpu_off)(struct vcpu *vcpu);

	/* Waits by WFI in EL2 in place of the guest, which goes on afterwards. May return early. */
	void (*cpu_wait)(struct vcpu *vcpu);

	/*
	 * Serves a trapped WFI, or WFIT if `timed`. Null in virtual mode, where they do not trap.
	 * The timeout of WFIT is not waited for: WFI and WFIT may end early (DDI 0487, WFIT), and
	 * the guest looks at its counter again.
	 */
	void (*wfi)(struct vcpu *vcpu, bool timed);

	/* Implements arch_set_interrupt_line(). */
	void (*set_line)(const struct vm_config *vm, uint32_t intid, bool level);

	/* Serves a trapped write of the SGI generation register `which`. */
	void (*send_sgi)(struct vcpu *vcpu, enum sgi_register which, uint64_t value);

	/* Serve any other trapped register of the CPU interface, `reg` by its SYSREG() (hw/esr.h).
	 * False: the access is UNDEFINED. */
	bool (*read_register)(struct vcpu *vcpu, uint32_t reg, uint64_t *value);
	bool (*write_register)(struct vcpu *vcpu, uint32_t reg, uint64_t value);
};

extern const struct interrupt_mode interrupts_virtual, interrupts_direct, interrupts_sole;

#endif
