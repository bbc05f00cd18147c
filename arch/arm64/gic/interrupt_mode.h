/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a VM gets its interrupts. The generator picks one of these for each VM:
 * - virtual: all physical interrupts come to EL2, which puts the VM's into list registers (vgic.h);
 * - direct: those of its pCPUs go straight to EL1, SGIs are sent for it (direct.h);
 * - sole: direct, for a VM that has the machine for itself; of the CPU interface nothing traps.
 */
#ifndef PINION_INTERRUPT_MODE_H
#define PINION_INTERRUPT_MODE_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct vm_config;

/* The SGI generation registers */
enum sgi_register { ICC_SGI1R, ICC_SGI0R, ICC_ASGI1R };

struct interrupt_mode {
	uint64_t hcr; /* HCR_EL2.IMO and FMO */

	/*
	 * The state after power-on of the VM's distributor and redistributors. All its vCPUs are
	 * parked.
	 */
	void (*vm_reset)(const struct vm_config *vm);

	/*
	 * What arch_vm_halt() has let through is kept from the guest again, as it goes on. Not in
	 * virtual mode.
	 */
	void (*vm_resume)(const struct vm_config *vm);

	/*
	 * The CPU interface as out of reset; interrupts are delivered from here on. On the vCPU's
	 * own pCPU, as the next two.
	 */
	void (*cpu_on)(struct vcpu *vcpu);

	/*
	 * None are any more, and what is pending stays so in the redistributor. May be called
	 * twice.
	 */
	void (*cpu_off)(struct vcpu *vcpu);

	/* WFI for the guest, which goes on afterwards. May return early. */
	void (*cpu_wait)(struct vcpu *vcpu);

	/*
	 * A trapped WFI, or with a timeout WFIT, which is over afterwards; direct and sole mode. A
	 * timeout is not waited for: both may be over early (DDI 0487, WFIT), and the guest looks
	 * at its counter again.
	 */
	void (*wfi)(struct vcpu *vcpu, bool timed);

	/* arch_set_interrupt_line() */
	void (*set_line)(const struct vm_config *vm, uint32_t intid, bool level);

	/* A trapped write of an SGI generation register. */
	void (*send_sgi)(struct vcpu *vcpu, enum sgi_register which, uint64_t value);

	/*
	 * Any other register of the CPU interface that trapped, by its SYSREG() (hw/esr.h). False:
	 * UNDEFINED here.
	 */
	bool (*read_register)(struct vcpu *vcpu, uint32_t reg, uint64_t *value);
	bool (*write_register)(struct vcpu *vcpu, uint32_t reg, uint64_t value);
};

extern const struct interrupt_mode interrupts_virtual, interrupts_direct, interrupts_sole;

#endif
