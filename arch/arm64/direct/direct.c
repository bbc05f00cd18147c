/* SPDX-License-Identifier: Apache-2.0 */
/* Direct interrupts of one vCPU: its CPU interface, its SGIs, and the lines of emulated devices. */
#include "direct/direct.h"

#include "arch.h"
#include "gic/gic.h"
#include "gic/interrupt_mode.h"
#include "gicv3/gicv3_regs.h"
#include "gicv3/wait.h"
#include "hw/cpu_insn.h"
#include "hw/mmio_raw.h"
#include "hw/sysreg.h"
#include "icc.h"
#include "ich.h"
#include "speed.h"
#include "vgic/bank.h"
#include "vgic/physical_filter.h"
#include "vgic/vgic.h"
#include "vgicv3/sgi.h"

#define ICC_CTLR_GUEST (ICC_CTLR_CBPR | ICC_CTLR_EOIMODE | ICC_CTLR_PMHE)

/* Enables or disables kicks at the redistributor of `vcpu`. */
static void kicks(const struct vcpu *vcpu, bool on)
{
	raw_write32(vcpu->config->arch.gicr + GICR_FRAME + (on ? GIC_ISENABLER : GIC_ICENABLER),
		1u << GIC_KICK);
}

/* Without Group 0 the guest would take a kick as an SGI of its own. Disabled, it stays pending
 * until the vCPU is off, or until stage2_revoke() enables it to end the guest's WFI. */
static void hide_kicks(const struct vcpu *vcpu)
{
	if (vcpu->config->arch.group0)
		return;
	kicks(vcpu, false);
	gic_wait_clear(vcpu->config->arch.gicr + GICR_CTLR, GICR_CTLR_RWP);
}

static void direct_vm_resume(const struct vm_config *vm)
{
	struct vgic_vm *vgic = vgic_vm(vm);

	lock_acquire(&vgic->lock);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		if (vm->vcpus[i].state->arch.direct.on)
			hide_kicks(vm->vcpus[i].state);
	lock_release(&vgic->lock);
}

/* ---------------------------------------------------------------- the CPU interface */

/*
 * With FMO = 1 the guest would access the virtual PMR, CTLR and RPR, which have no effect on its
 * physical interrupts. So its accesses trap, and EL2 accesses the physical registers. No mask of
 * the guest may exclude EL2's own interrupts, which have the highest priority.
 */
static void write_priority_mask(struct vcpu *vcpu, uint8_t mask)
{
	uint8_t least = mask > GIC_GUEST_PRIORITY ? mask : GIC_GUEST_PRIORITY;

	vcpu->arch.direct.priority_mask = mask;
	write_sysreg(icc_pmr_el1, gic_mask(vcpu->config, least));
}

static uint64_t running_priority(const struct vcpu *vcpu)
{
	uint64_t priority = read_sysreg(icc_rpr_el1);

	return vcpu->arch.direct.differs && priority != GIC_IDLE_PRIORITY ? priority << 1 & 0xff
	                                                                  : priority;
}

static void direct_deactivate(struct vcpu *vcpu, uint32_t intid)
{
	uint32_t b = intid >> 5;

	if (read_sysreg(icc_ctlr_el1) & ICC_CTLR_EOIMODE && b < vcpu->vm->arch.vgic.banks &&
		vgic_hardware(vcpu->vm, b) >> (intid & 31) & 1)
		gic_deactivate(intid);
}

static bool direct_read_register(struct vcpu *vcpu, uint32_t reg, uint64_t *value)
{
	switch (reg) {
	case SYSREG_ICC_PMR:
		*value = vcpu->arch.direct.priority_mask;
		return true;
	case SYSREG_ICC_CTLR:
		*value = read_sysreg(icc_ctlr_el1);
		return true;
	case SYSREG_ICC_RPR:
		*value = running_priority(vcpu);
		return true;
	default:
		return false;
	}
}

static bool direct_write_register(struct vcpu *vcpu, uint32_t reg, uint64_t value)
{
	switch (reg) {
	case SYSREG_ICC_PMR:
		write_priority_mask(vcpu, value & 0xf8);
		return true;
	case SYSREG_ICC_CTLR:
		write_sysreg(icc_ctlr_el1, value & ICC_CTLR_GUEST);
		return true;
	case SYSREG_ICC_DIR:
		direct_deactivate(vcpu, value & 0xffffff);
		return true;
	default:
		return false;
	}
}

/*
 * Clears a doorbell (kick_direct() in gic.c) that was set pending between two lives of the VM, when
 * EL2 itself served what it announces. No request gets lost: who makes one sets its bit in the
 * request word before the doorbell, and this reads the word after it has cleared the doorbell.
 */
static void silence_doorbell(struct vcpu *vcpu)
{
	uint32_t intid = vcpu->vm->arch.doorbell, b = intid >> 5, bit = 1u << (intid & 31);

	if (!intid || vcpu->config->arch.group0)
		return;
	vgic_physical_write(vcpu, b, GIC_ICPENDR, bit);
	dsb_sy();
	if (vgic_bank(vcpu, b)->latched & bit ||
		atomic_load_explicit(&vcpu->shared->requests, memory_order_relaxed) &
			REQUESTS_BY_ACCESS)
		vgic_physical_write(vcpu, b, GIC_ISPENDR, bit);
}

static void direct_cpu_on(struct vcpu *vcpu)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);

	write_sysreg(icc_igrpen1_el1, 0);
	write_sysreg(icc_ctlr_el1, 0);
	write_sysreg(icc_bpr1_el1, 0);
	write_sysreg(icc_pmr_el1, vcpu->arch.direct.least_mask);
	write_sysreg(hcr_el2, vcpu->arch.direct.hcr);
	lock_acquire(&vgic->lock);
	vcpu->arch.direct.on = true;
	if (vcpu->arch.direct.stale) {
		direct_write_priorities(vcpu, 0, vgic_hardware(vcpu->vm, 0));
		vcpu->arch.direct.stale = false;
	}
	vgic_physical_write(vcpu, 0, GIC_ISENABLER, direct_private_enables(vcpu));
	if (vcpu->config->index == 0)
		silence_doorbell(vcpu);
	lock_release(&vgic->lock);
	hide_kicks(vcpu);
}

/*
 * Does all of direct_cpu_on() that can be done before, as the caller of CPU_ON waits for that.
 *
 * While EL2 waits by WFI in place of the guest, IMO and FMO are 1, and EL2 keeps these interrupts
 * masked. An interrupt that would be taken at EL1 does not end WFI at EL2 (DDI 0487, asynchronous
 * exception masking).
 */
static void prepare_interface(struct vcpu *vcpu)
{
	struct direct_cpu *direct = &vcpu->arch.direct;
	bool sole = vcpu->vm->arch.interrupts == &interrupts_sole;
	uint64_t hcr = read_sysreg(hcr_el2) & ~(HCR_IMO | HCR_FMO | HCR_TWI);

	/* HCR_TWI: see direct_wfi() */
	direct->hcr =
		hcr | vcpu->vm->arch.interrupts->hcr | (vcpu->config->arch.group0 ? 0 : HCR_TWI);
	direct->priority_mask = 0;
	direct->least_mask = sole ? 0 : gic_mask(vcpu->config, GIC_GUEST_PRIORITY);
	write_sysreg(hcr_el2, hcr | HCR_IMO | HCR_FMO);
	/* With FMO = 1 the guest's Group 0 registers are the virtual ones. */
	vgic_interface_reset();
	ich_set_hcr(sole ? 0 : ICH_HCR_TC);
	isb();
}

static void direct_cpu_off(struct vcpu *vcpu)
{
	struct vgic_vm *vgic = vgic_vm(vcpu->vm);

	lock_acquire(&vgic->lock);
	vcpu->arch.direct.on = false;
	vgic_physical_write(vcpu, 0, GIC_ICENABLER, UINT32_MAX);
	lock_release(&vgic->lock);
	prepare_interface(vcpu);
	gic_cpu_interface(vcpu->config);
	/* The guest may have acknowledged a kick between stage2_revoke() and the abort. While a
	 * kick is active, no other arrives. */
	raw_write32(vcpu->config->arch.gicr + GICR_FRAME + GIC_ICACTIVER, 1u << GIC_KICK);
	kicks(vcpu, true);
}

/* True if a kick that stage2_revoke() has enabled gets through the guest's CPU interface, and so
 * ends a WFI of the guest. */
static bool kick_wakes(const struct vcpu *vcpu)
{
	uint64_t lowest = vcpu->arch.direct.differs ? 0x80 : 0;

	return vcpu->config->arch.group0 ||
	       (read_sysreg(icc_igrpen1_el1) && read_sysreg(icc_pmr_el1) > lowest);
}

/* An interrupt that the CPU interface signals ends WFI. If the guest's CPU interface lets no kick
 * through, EL2 sets it meanwhile so that a kick gets through, and nothing else does. */
static void direct_cpu_wait(struct vcpu *vcpu)
{
	uint64_t hcr = read_sysreg(hcr_el2), enable = read_sysreg(icc_igrpen1_el1),
		 mask = read_sysreg(icc_pmr_el1);
	bool masked = !kick_wakes(vcpu);

	write_sysreg(hcr_el2, hcr | HCR_IMO | HCR_FMO);
	if (masked) {
		write_sysreg(icc_pmr_el1, gic_mask(vcpu->config, GIC_GUEST_PRIORITY));
		write_sysreg(icc_igrpen1_el1, 1);
	}
	isb();
	cpu_wait_interrupt();
	if (masked) {
		write_sysreg(icc_igrpen1_el1, enable);
		write_sysreg(icc_pmr_el1, mask);
	}
	write_sysreg(hcr_el2, hcr);
	isb();
}

/* WFI traps until the guest's CPU interface lets kicks through: before, it would sleep for good. */
static void direct_wfi(struct vcpu *vcpu, bool timed)
{
	if (kick_wakes(vcpu))
		write_sysreg(hcr_el2, read_sysreg(hcr_el2) & ~HCR_TWI);
	else if (!timed)
		direct_cpu_wait(vcpu);
}

/* ---------------------------------------------------------------- SGIs and lines */

static inline void send(struct vcpu *self, const struct vcpu_config *to, uint32_t sgi)
{
	(void)self;
	write_sysreg(icc_sgi1r_el1,
		(to->arch.kick & ~(KICK_DIRECT | (uint64_t)GIC_KICK << 24)) | (uint64_t)sgi << 24);
}

COLD("SGI to itself")
static void send_many(struct vcpu *vcpu, uint64_t value)
{
	sgi_for_each_target(vcpu, value, send);
	isb();
}

static void direct_send_sgi(struct vcpu *vcpu, enum sgi_register which, uint64_t value)
{
	const struct vm_config *vm = vcpu->vm;
	uint32_t list = value & 0xffff;
	const struct vcpu_config *to;

	if (which != ICC_SGI1R || SGIR_INTID(value) == GIC_KICK)
		return;
	/* Targets see what the guest wrote before, as with its own write of the register. */
	dsb_ishst();
	/* Usually there is one target, and vCPU n has Aff0 = n and all other fields 0. */
	if (!(value & SGIR_NOT_AFF0) && list && !(list & (list - 1)) &&
		vgic_lowest(list) < vm->vcpu_count) {
		to = &vm->vcpus[vgic_lowest(list)];
		if (to->arch.vmpidr == (MPIDR_RES1 | vgic_lowest(list))) {
			send(vcpu, to, SGIR_INTID(value));
			isb();
			return;
		}
	}
	send_many(vcpu, value);
}

/* The line of an emulated device. The device calls this again for each access that leaves its line
 * high, which sets the interrupt pending again. */
static void direct_set_line(const struct vm_config *vm, uint32_t intid, bool level)
{
	struct vgic_vm *vgic = vgic_vm(vm);
	struct vcpu *self = this_vcpu();
	uint32_t b = intid >> 5, bit = 1u << (intid & 31);
	struct vgic_bank *bank = vgic_bank(self, b);

	lock_acquire(&vgic->lock);
	bank->latched = level ? bank->latched | bit : bank->latched & ~bit;
	vgic_physical_write(self, b, level ? GIC_ISPENDR : GIC_ICPENDR, bit);
	/* Pairs with the dsb in arch_kick(): input that the device does not find after this rings
	 * the doorbell after this. */
	dsb_sy();
	lock_release(&vgic->lock);
}

/* ---------------------------------------------------------------- reset */

static void direct_vm_reset(const struct vm_config *vm)
{
	struct vgic_vm *vgic = vgic_vm(vm);

	vgic_vm_reset(vm);
	lock_acquire(&vgic->lock);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		vm->vcpus[i].state->arch.direct.stale = true;
	for (uint32_t b = 1; b < vm->arch.vgic.banks; b++)
		direct_write_priorities(vm->vcpus[0].state, b, vgic_hardware(vm, b));
	lock_release(&vgic->lock);
}

#define FUNCTIONS                                                                                  \
	.vm_reset = direct_vm_reset, .vm_resume = direct_vm_resume, .cpu_on = direct_cpu_on,       \
	.cpu_off = direct_cpu_off, .cpu_wait = direct_cpu_wait, .wfi = direct_wfi,                 \
	.set_line = direct_set_line, .send_sgi = direct_send_sgi,                                  \
	.read_register = direct_read_register, .write_register = direct_write_register

const struct interrupt_mode interrupts_direct = {.hcr = HCR_FMO, FUNCTIONS};

/* The same, but no register of the CPU interface traps. */
const struct interrupt_mode interrupts_sole = {.hcr = 0, FUNCTIONS};
