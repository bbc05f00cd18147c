/* SPDX-License-Identifier: Apache-2.0 */
/* The fake machine (machine.h). It ends the test when EL2 does what no guest may cause. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fake_gic/parts.h"
#include "version.h"

struct machine machine;

/* The VM has PPIs 23, 27 and 30 and some of the SPIs. All others belong to somebody else. */
static const uint32_t virtual_hardware[BANKS] = {0x48800000, 0x0000003f, 0x000f0000};
static const uint32_t virtual_emulated[BANKS] = {0x00000000, 0x00003f00, 0x0000001f};

/* With direct interrupts all of them are in `hardware`: SGIs 0 to 14, and unused SPIs for
 * devices. */
static const uint32_t direct_hardware[BANKS] = {0x48807fff, 0x00003f3f, 0x000f001f};

const uint32_t *machine_hardware, *machine_emulated;

static struct vgic_bank spis[BANKS - 1];
static struct vcpu vcpus[MAX_VCPUS];
static struct vcpu_config configs[MAX_VCPUS];
static struct vm state;
struct vm_config vm;

/* ----------------------------------------------------------- what the code under test stands on */

struct vcpu *this_vcpu(void)
{
	return &vcpus[machine.here];
}

void vcpu_request(const struct vcpu_config *target, uint32_t bits)
{
	machine.pcpu[target->index].work |= bits;
}

struct pcpu *here(void)
{
	return &machine.pcpu[machine.here];
}

bool lr_invalid(lr_t lr)
{
	return !(lr & (LR_PENDING | LR_ACTIVE));
}

bool lr_notifies(lr_t lr)
{
	return lr_invalid(lr) && !(lr & LR_HW) && (lr & LR_EOI);
}

uint32_t machine_elrsr(void)
{
	uint32_t result = 0;

	for (unsigned n = 0; n < machine.lrs; n++)
		if (lr_invalid(here()->lr[n]) && !lr_notifies(here()->lr[n]))
			result |= 1u << n;
	return result;
}

uint32_t machine_eisr(void)
{
	uint32_t result = 0;

	for (unsigned n = 0; n < machine.lrs; n++)
		if (lr_notifies(here()->lr[n]))
			result |= 1u << n;
	return result;
}

lr_t machine_lr(unsigned n)
{
	assert(n < machine.lrs);
	machine.accesses++;
	return here()->lr[n];
}

void machine_set_lr(unsigned n, lr_t value)
{
	assert(n < machine.lrs);
	machine.accesses++;
	here()->lr[n] = value;
}

void machine_wait(void)
{
	machine.waits++;
}

uint64_t guest_position(void)
{
	return here()->position;
}

/* ---------------------------------------------------------------- the physical GIC */

struct physical *machine_physical(unsigned cpu, unsigned intid)
{
	assert(intid < INTIDS);
	return intid < 32 ? &machine.pcpu[cpu].private[intid] : &machine.shared[intid];
}

static bool physical_pending(const struct physical *p)
{
	return p->latch || (p->line && !p->edge);
}

bool machine_is_hardware(unsigned intid)
{
	return machine_hardware[intid / 32] >> intid % 32 & 1;
}

bool machine_owns(unsigned intid)
{
	return machine_is_hardware(intid) || (machine_emulated[intid / 32] >> intid % 32 & 1) ||
	       intid < 16;
}

void machine_deactivate(uint32_t intid)
{
	assert(machine_is_hardware(intid));
	machine.accesses++;
	machine_physical(machine.here, intid)->active = false;
}

/* ---------------------------------------------------------------- exits */

static bool maintenance(const struct pcpu *p)
{
	bool pending = false;
	bool notifies = false;

	for (unsigned n = 0; n < machine.lrs; n++) {
		pending = pending || (p->lr[n] & (LR_PENDING | LR_ACTIVE)) == LR_PENDING;
		notifies = notifies || lr_notifies(p->lr[n]);
	}
	return (p->hcr & ICH_HCR_EN) &&
	       (notifies || ((p->hcr & ICH_HCR_NPIE) && !pending) ||
		       ((p->hcr & ICH_HCR_LRENPIE) && ICH_HCR_EOICOUNT(p->hcr)) ||
		       ((p->hcr & ICH_HCR_VGRP0EIE) && (p->vmcr & ICH_VMCR_VENG0)) ||
		       ((p->hcr & ICH_HCR_VGRP0DIE) && !(p->vmcr & ICH_VMCR_VENG0)) ||
		       ((p->hcr & ICH_HCR_VGRP1EIE) && (p->vmcr & ICH_VMCR_VENG1)) ||
		       ((p->hcr & ICH_HCR_VGRP1DIE) && !(p->vmcr & ICH_VMCR_VENG1)));
}

static int physical_interrupt(unsigned cpu)
{
	for (unsigned intid = 0; intid < INTIDS; intid++) {
		const struct physical *p = machine_physical(cpu, intid);

		/* Interrupts that are not the VM's do not reach its pCPUs. */
		if (machine_is_hardware(intid) && p->enabled && !p->active && physical_pending(p) &&
			(intid < 32 || machine.route[intid] == version_route(cpu)))
			return (int)intid;
	}
	return -1;
}

bool machine_busy(unsigned cpu)
{
	return machine.pcpu[cpu].work || machine.pcpu[cpu].taken ||
	       maintenance(&machine.pcpu[cpu]) || physical_interrupt(cpu) >= 0;
}

void machine_take(unsigned cpu)
{
	int intid = machine.pcpu[cpu].taken ? -1 : physical_interrupt(cpu);

	if (intid < 0)
		return;
	machine.pcpu[cpu].taken = (unsigned)intid;
	machine_physical(cpu, (unsigned)intid)->active = true;
	machine_physical(cpu, (unsigned)intid)->latch = false;
}

/* The guest of `cpu` leaves for EL2, which has to come back in bounded time. */
void enter(unsigned cpu)
{
	machine.here = cpu;
	machine.accesses = 0;
}

void leave(void)
{
	assert(machine.accesses <= MACHINE_PATIENCE);
}

bool machine_exit(unsigned cpu)
{
	struct pcpu *p = &machine.pcpu[cpu];
	unsigned before = machine.here;

	enter(cpu);
	if (!p->work)
		machine_take(cpu);
	if (p->taken) {
		uint32_t intid = p->taken;

		p->taken = 0;
		vgic_hardware_interrupt(&vcpus[cpu], intid);
	} else if (p->work) {
		p->work = 0;
		vgic_update(&vcpus[cpu]);
	} else if (maintenance(p)) {
		vgic_maintenance(&vcpus[cpu]);
	} else {
		machine.here = before;
		return false;
	}
	leave();
	machine.here = before;
	return true;
}

void machine_settle(void)
{
	unsigned rounds = 0;

	for (bool any = true; any;) {
		any = false;
		for (unsigned cpu = 0; cpu < machine.vcpus; cpu++)
			any = machine_exit(cpu) || any;
		assert(++rounds < 400); /* an interrupt storm */
	}
}

/* ---------------------------------------------------------------- the guest */

static enum mmio_result access(
	unsigned cpu, bool redistributor, uint64_t offset, unsigned size, bool write, uint64_t *v)
{
	enum mmio_result result;

	enter(cpu);
	if (write)
		result = (redistributor ? machine.frames.write_redistributor
					: machine.frames.write_distributor)(
			&vcpus[cpu], NULL, offset, size, *v);
	else
		result = (redistributor ? machine.frames.read_redistributor
					: machine.frames.read_distributor)(
			&vcpus[cpu], NULL, offset, size, v);
	leave();
	return result;
}

static void until_done(unsigned cpu, bool redistributor, uint64_t offset, unsigned size, bool write,
	uint64_t *value)
{
	unsigned tries = 0;

	machine.pcpu[cpu].position += 4;
	while (access(cpu, redistributor, offset, size, write, value) == MMIO_RETRY) {
		assert(++tries < 100);
		for (unsigned i = 0; i < machine.vcpus; i++)
			if (rand() % 2)
				machine_exit(i);
	}
}

uint64_t guest_read(unsigned cpu, bool redistributor, uint64_t offset, unsigned size)
{
	uint64_t value = 0xdeadbeef;

	until_done(cpu, redistributor, offset, size, false, &value);
	return value;
}

void guest_write(unsigned cpu, bool redistributor, uint64_t offset, unsigned size, uint64_t value)
{
	until_done(cpu, redistributor, offset, size, true, &value);
}

static unsigned level(uint64_t vmcr, unsigned priority, unsigned group)
{
	unsigned bpr = (unsigned)(vmcr >> ICH_VMCR_VBPR0_SHIFT & 7);

	if (group)
		bpr = (unsigned)(vmcr >> ICH_VMCR_VBPR1_SHIFT & 7) - 1;
	return (priority & ~((2u << bpr) - 1)) >> 3;
}

static int highest(unsigned cpu)
{
	const struct pcpu *p = &machine.pcpu[cpu];
	uint32_t active = p->ap[0] | p->ap[1]; /* of a GICv2, the first has both groups */
	unsigned running = active ? (unsigned)__builtin_ctz(active) : 32;
	int best = -1;

	for (unsigned n = 0; n < machine.lrs; n++) {
		lr_t lr = p->lr[n];

		if ((lr & (LR_PENDING | LR_ACTIVE)) != LR_PENDING)
			continue;
		if (!(p->vmcr & (lr & LR_GROUP1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0)))
			continue;
		if (best < 0 || LR_PRIORITY(lr) < LR_PRIORITY(p->lr[best]))
			best = (int)n;
	}
	if (best < 0 || LR_PRIORITY(p->lr[best]) >= p->vmcr >> 24 || !(p->hcr & ICH_HCR_EN))
		return -1;
	return level(p->vmcr, LR_PRIORITY(p->lr[best]), p->lr[best] & LR_GROUP1 ? 1 : 0) < running
	               ? best
	               : -1;
}

int guest_highest(unsigned cpu)
{
	int n = highest(cpu);

	return n < 0 ? -1 : (int)LR_INTID(machine.pcpu[cpu].lr[n]);
}

int guest_acknowledge(unsigned cpu, unsigned *group)
{
	struct pcpu *p = &machine.pcpu[cpu];
	int n = highest(cpu);

	if (n < 0)
		return -1;
	*group = p->lr[n] & LR_GROUP1 ? 1 : 0;
	p->ap[AP(*group)] |= 1u << level(p->vmcr, LR_PRIORITY(p->lr[n]), *group);
	p->lr[n] = (p->lr[n] & ~LR_PENDING) | LR_ACTIVE;
	return (int)(LR_INTID(p->lr[n]) | LR_SENDER(p->lr[n]));
}

/* Ends what a list register has active. */
static void deactivate_lr(unsigned cpu, unsigned n)
{
	struct pcpu *p = &machine.pcpu[cpu];

	p->lr[n] &= ~LR_ACTIVE;
	if (p->lr[n] & LR_HW)
		machine_physical(cpu, LR_INTID(p->lr[n]))->active = false;
}

int machine_find_active(unsigned cpu, unsigned intid)
{
	for (unsigned n = 0; n < machine.lrs; n++)
		if ((machine.pcpu[cpu].lr[n] & LR_ACTIVE) &&
			LR_INTID(machine.pcpu[cpu].lr[n]) == intid)
			return (int)n;
	return -1;
}

bool machine_is_listed(unsigned cpu, unsigned intid)
{
	return machine_find_active(cpu, intid) >= 0;
}

void machine_end_listed(unsigned cpu, unsigned n)
{
	lr_t lr = machine.pcpu[cpu].lr[n];

	assert(!(lr & LR_HW) || machine_physical(cpu, LR_INTID(lr))->active);
	deactivate_lr(cpu, n);
}

void machine_count_end(unsigned cpu)
{
	uint64_t *hcr = &machine.pcpu[cpu].hcr;

	*hcr = (*hcr & ~(31ull << 27)) | (uint64_t)((ICH_HCR_EOICOUNT(*hcr) + 1) & 31) << 27;
}

/* Drops the priority that is active and the most urgent, and returns it. */
static unsigned drop(struct pcpu *p, unsigned group)
{
	uint32_t *active = &p->ap[AP(group)];
	unsigned dropped = (unsigned)__builtin_ctz(*active);

	*active &= *active - 1;
	return dropped;
}

/* True if the hardware takes an EOI for the end of the interrupt in `lr`. */
static bool ends(const struct pcpu *p, lr_t lr, unsigned iar, unsigned group, unsigned dropped)
{
	if (VERSION == 2)
		return LR_SENDER(lr) == (iar & ~0x3ffu);
	return group == (lr & LR_GROUP1 ? 1 : 0) &&
	       dropped == level(p->vmcr, LR_PRIORITY(lr), group);
}

void guest_end(unsigned cpu, unsigned iar, unsigned group)
{
	struct pcpu *p = &machine.pcpu[cpu];
	int n = machine_find_active(cpu, iar & 0x3ff);
	unsigned dropped;

	assert(p->ap[AP(group)]);
	dropped = drop(p, group);
	if (p->vmcr & ICH_VMCR_VEOIM)
		return;
	if (n < 0) {
		machine_count_end(cpu);
		return;
	}
	assert(ends(p, p->lr[n], iar, group, dropped));
	machine_end_listed(cpu, (unsigned)n);
}

/* ICV_EOIRn: what does not fit drops the priority, and is counted if no list register has it. */
void guest_end_wildly(unsigned cpu, unsigned iar, unsigned group)
{
	struct pcpu *p = &machine.pcpu[cpu];
	unsigned dropped;
	bool known = false;

	if (!p->ap[AP(group)])
		return;
	dropped = drop(p, group);
	if (p->vmcr & ICH_VMCR_VEOIM)
		return;
	for (unsigned n = 0; n < machine.lrs; n++) {
		if (!(p->lr[n] & LR_ACTIVE) || LR_INTID(p->lr[n]) != (iar & 0x3ff))
			continue;
		known = true;
		if (ends(p, p->lr[n], iar, group, dropped))
			deactivate_lr(cpu, n);
	}
	if (!known)
		machine_count_end(cpu);
}

void guest_set_active_priorities(unsigned cpu, unsigned group, uint32_t value)
{
	machine.pcpu[cpu].ap[AP(group)] = value;
}

void guest_set_binary_point(unsigned cpu, unsigned group, unsigned value)
{
	struct pcpu *p = &machine.pcpu[cpu];
	unsigned shift = group ? ICH_VMCR_VBPR1_SHIFT : ICH_VMCR_VBPR0_SHIFT;
	unsigned least = group ? 3 : 2;

	p->vmcr = (p->vmcr & ~(7ull << shift)) | (uint64_t)(value < least ? least : value) << shift;
}

void guest_power(unsigned cpu, bool on)
{
	enter(cpu);
	if (on)
		vgic_cpu_on(&vcpus[cpu]);
	else
		vgic_cpu_off(&vcpus[cpu]);
	leave();
}

bool guest_is_quiet(unsigned cpu)
{
	machine.here = cpu;
	return vgic_cpu_is_quiet(&vcpus[cpu]);
}

bool guest_is_on(unsigned cpu)
{
	return vcpus[cpu].arch.vgic.lrs;
}

void machine_move_line(unsigned cpu, unsigned intid, bool level)
{
	struct physical *p = machine_physical(cpu, intid);

	if (machine_owns(intid) && !machine_is_hardware(intid)) {
		enter(cpu);
		vgic_set_line(&vm, intid, level);
		leave();
		return;
	}
	if (level && !p->line && p->edge)
		p->latch = true;
	p->line = level;
}

void guest_interface(unsigned cpu, unsigned pmr, unsigned groups, bool split)
{
	struct pcpu *p = &machine.pcpu[cpu];

	p->vmcr = (p->vmcr & ~(0xff000003ull | ICH_VMCR_VEOIM)) | (uint64_t)pmr << 24 | groups |
	          (split ? ICH_VMCR_VEOIM : 0);
}

/* ---------------------------------------------------------------- life */

struct vcpu *machine_vcpu(unsigned index)
{
	return &vcpus[index];
}

void machine_set_mpidr(unsigned cpu, uint64_t mpidr)
{
	configs[cpu].arch.vmpidr = mpidr;
}

static void start(unsigned count, unsigned lrs)
{
	memset(&machine, 0, sizeof(machine));
	memset(spis, 0, sizeof(spis));
	memset(vcpus, 0, sizeof(vcpus));
	memset(&state, 0, sizeof(state));
	machine.vcpus = count;
	machine.lrs = lrs;
	vm = (struct vm_config){
		.name = "test", .state = &state, .vcpus = configs, .vcpu_count = count};
	vm.arch.vgic = (struct vgic_config){machine_hardware, machine_emulated, spis, BANKS};
	for (unsigned i = 0; i < count; i++) {
		configs[i] = (struct vcpu_config){
			.vm = &vm, .state = &vcpus[i], .index = i, .pcpu = i + 2};
		configs[i].arch.vmpidr = 0x80000000u | i;
		version_configure(i, &configs[i].arch);
		vcpus[i].config = &configs[i];
		vcpus[i].vm = &vm;
		for (unsigned intid = 0; intid < 16; intid++)
			machine.pcpu[i].private[intid].edge = true;
	}
}

static void disturb(void)
{
	for (unsigned intid = 32; intid < INTIDS; intid++)
		if (!machine_is_hardware(intid))
			machine.shared[intid] = (struct physical){
				.enabled = false, .latch = intid % 2, .active = intid % 3 == 0};
}

void machine_start(unsigned count, unsigned lrs)
{
	machine_hardware = virtual_hardware;
	machine_emulated = virtual_emulated;
	start(count, lrs);
	machine.frames = machine_frames;
	for (unsigned i = 0; i < count; i++) {
		machine.here = i;
		vgic_cpu_off(&vcpus[i]);
		vgic_cpu_reset(&vcpus[i]);
	}
	machine.here = 0;
	vgic_vm_reset(&vm);
	disturb();
}

void machine_start_direct(unsigned count, const struct interrupt_mode *mode, struct frames frames)
{
	machine_hardware = direct_hardware;
	machine_emulated = virtual_emulated;
	start(count, 4);
	machine.frames = frames;
	vm.arch.interrupts = mode;
	for (unsigned i = 0; i < count; i++) {
		configs[i].arch.direct = true;
		machine.here = i;
		machine.kicks = true;
		mode->cpu_off(&vcpus[i]);
		machine.kicks = false;
		vgic_cpu_reset(&vcpus[i]);
	}
	machine.here = 0;
	mode->vm_reset(&vm);
	disturb();
}

/* Active interrupts that had to leave a list register of `cpu`, by the banks. */
uint32_t machine_evicted(unsigned cpu)
{
	uint32_t count = (uint32_t)__builtin_popcount(vcpus[cpu].arch.vgic.bank.evicted);

	for (unsigned intid = 32; intid < INTIDS; intid++)
		if (spis[intid / 32 - 1].evicted >> intid % 32 & 1)
			count += (spis[intid / 32 - 1].held >> intid % 32 & 1) &&
			         spis[intid / 32 - 1].holder[intid % 32] == cpu;
	return count;
}

void machine_check(void)
{
	bool seen[MAX_VCPUS][INTIDS] = {{false}};

	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++)
		assert(machine_evicted(cpu) == vcpus[cpu].arch.vgic.evicted);

	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++)
		for (unsigned n = 0; n < machine.lrs; n++) {
			lr_t lr = machine.pcpu[cpu].lr[n];
			unsigned intid = LR_INTID(lr);
			unsigned slot = intid < 32 ? cpu : 0;

			if (lr_invalid(lr))
				continue;
			assert(intid < INTIDS && machine_owns(intid));
			assert(!seen[slot][intid]);
			seen[slot][intid] = true;
			assert(!!(lr & LR_HW) == machine_is_hardware(intid));
			assert(!(lr & LR_HW) || machine_physical(cpu, intid)->active);
			assert((lr & LR_HW) == 0 ||
				(lr & (LR_PENDING | LR_ACTIVE)) != (LR_PENDING | LR_ACTIVE));
		}
}
