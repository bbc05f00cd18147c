/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GICv2 as a VM's interrupt mode. */
#include "arch.h"
#include "gic/interrupt_mode.h"
#include "hw/sysreg.h"
#include "vgic/vgic.h"

/* Without a GICv3 its system registers are UNDEFINED, and EL2 does not hear of them: all that is
 * left is what a CPU makes of them that has them all the same. */
static void send_sgi(struct vcpu *vcpu, enum sgi_register which, uint64_t value)
{
	(void)vcpu;
	(void)which;
	(void)value;
}

static bool write_register(struct vcpu *vcpu, uint32_t reg, uint64_t value)
{
	(void)vcpu;
	(void)reg;
	(void)value;
	return false;
}

const struct interrupt_mode interrupts_virtual = {
	VGIC_MODE,
	.send_sgi = send_sgi,
	.write_register = write_register,
};
