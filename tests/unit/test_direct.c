/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest with direct interrupts, whose accesses to the distributor and the redistributors go to
 * the hardware: none changes or shows a bit of an interrupt that is not its VM's, and none gets it
 * what is EL2's. The fake GIC itself refuses writes that do (machine.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "direct/direct.h"
#include "fake_gic/machine.h"
#include "gic/gic.h"
#include "gic/gic_regs.h"
#include "gicv3/gicv3_regs.h"
#include "hw/sysreg.h"
#include "icc.h"

static const uint64_t hostile[] = {
	0, UINT64_MAX, 0xaaaaaaaaaaaaaaaa, 0x5555555555555555, 0x8000000080000000, 0x100, 1};
static const struct frames frames = {directd_read, directr_read, directd_write, directr_write};

static struct machine before;

/* ---------------------------------------------------------------- of gic.c */

void gic_cpu_interface(const struct vcpu_config *config)
{
	(void)config;
}

uint8_t gic_mask(const struct vcpu_config *config, uint8_t priority)
{
	(void)config;
	return priority;
}

/* ---------------------------------------------------------------- */

static bool same(const struct physical *a, const struct physical *b)
{
	return a->enabled == b->enabled && a->latch == b->latch && a->line == b->line &&
	       a->active == b->active && a->edge == b->edge && a->priority == b->priority;
}

static void assert_foreign_untouched(void)
{
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
		for (unsigned i = 0; i < 32; i++)
			if (!machine_is_hardware(i))
				assert_true(same(&machine.pcpu[cpu].private[i],
					&before.pcpu[cpu].private[i]));
	for (unsigned i = 32; i < INTIDS; i++)
		if (!machine_is_hardware(i)) {
			assert_true(same(&machine.shared[i], &before.shared[i]));
			assert_int_equal(machine.route[i], before.route[i]);
		}
}

static void power(unsigned cpu, bool on)
{
	machine.here = cpu;
	machine.kicks = true;
	(on ? vm.arch.interrupts->cpu_on : vm.arch.interrupts->cpu_off)(machine_vcpu(cpu));
	machine.kicks = false;
}

static void start(const struct interrupt_mode *mode)
{
	machine_start_direct(MAX_VCPUS, mode, frames);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		power(cpu, true);
		for (unsigned i = 0; i < 32; i++)
			if (!machine_is_hardware(i))
				machine.pcpu[cpu].private[i] = (struct physical){.enabled = i % 2,
					.latch = i % 3 == 0,
					.active = i % 5 == 0,
					.edge = i % 2 || i == 15};
	}
	for (unsigned i = 32; i < INTIDS; i++)
		if (!machine_is_hardware(i)) {
			machine.shared[i].edge = i % 2;
			machine.shared[i].latch = true; /* would be visible in ISPENDR */
			machine.route[i] = 0x1234;
		}
	machine.here = 0;
	before = machine;
}

static uint64_t private_frame(unsigned cpu)
{
	return cpu * (uint64_t)GICR_SIZE + GICR_FRAME;
}

static uint32_t read32_of(unsigned cpu, uint32_t reg)
{
	return (uint32_t)guest_read(cpu, true, private_frame(cpu) + reg, 4);
}

static void write32_of(unsigned cpu, uint32_t reg, uint32_t value)
{
	guest_write(0, true, private_frame(cpu) + reg, 4, value);
}

static void every_access(bool redistributor, uint64_t length)
{
	unsigned long changes = 0;

	for (unsigned v = 0; v < sizeof(hostile) / sizeof(hostile[0]); v++)
		for (unsigned size = 1; size <= 8; size *= 2)
			for (uint64_t offset = 0; offset < length; offset += size) {
				unsigned writes = machine.hardware_writes,
					 cpu = (unsigned)(offset / 4 % MAX_VCPUS);
				uint64_t mask = UINT64_MAX >> (64 - 8 * size);

				guest_write(cpu, redistributor, offset, size, hostile[v] & mask);
				changes += machine.hardware_writes != writes;
				assert_int_equal(
					guest_read(cpu, redistributor, offset, size) & ~mask, 0);
				if (machine.hardware_writes != writes || offset % 1024 == 0)
					assert_foreign_untouched();
			}
	assert_foreign_untouched();
	assert_true(changes > 10); /* the test does reach the hardware */
}

static void frames_keep_to_their_own(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2; i++) {
		start(i ? &interrupts_sole : &interrupts_direct);
		guest_write(0, false, GICD_CTLR, 4, 3);
		every_access(false, 0x10000);
		every_access(true, MAX_VCPUS * (uint64_t)GICR_SIZE);
		every_access(false, 0x10000);
	}
}

static void states_of_others_read_as_zero(void **unused)
{
	(void)unused;
	start(&interrupts_direct);
	for (unsigned b = 0; b < 32; b++)
		for (uint32_t reg = GIC_IGROUPR; reg < GIC_IPRIORITYR; reg += 0x80) {
			uint32_t own = b && b < BANKS ? machine_hardware[b] : 0;

			guest_write(0, false, reg + 4 * b, 4, UINT32_MAX);
			assert_int_equal(guest_read(0, false, reg + 4 * b, 4) & ~own, 0);
		}
	for (uint32_t reg = GIC_ISENABLER; reg < GIC_IPRIORITYR; reg += 0x80) {
		write32_of(1, reg, UINT32_MAX);
		assert_int_equal(read32_of(1, reg) & ~machine_hardware[0], 0);
	}
}

static uint32_t enabled_private(unsigned cpu)
{
	uint32_t result = 0;

	for (unsigned i = 0; i < 32; i++)
		result |= (uint32_t)(machine_is_hardware(i) && machine.pcpu[cpu].private[i].enabled)
		          << i;
	return result;
}

static void group_0_is_not_delivered(void **unused)
{
	(void)unused;
	start(&interrupts_direct);
	guest_write(0, false, GICD_CTLR, 4, 3);
	assert_int_equal(guest_read(0, false, GICD_CTLR, 4) & 3, GICD_CTLR_GRP1);
	write32_of(1, GIC_ISENABLER, UINT32_MAX);
	guest_write(0, false, GIC_ISENABLER + 4, 4, UINT32_MAX);
	assert_int_equal(enabled_private(1), 0);
	assert_false(machine.shared[33].enabled);
	write32_of(1, GIC_IGROUPR, 0xffff0007);
	guest_write(0, false, GIC_IGROUPR + 4, 4, 2);
	assert_int_equal(enabled_private(1), machine_hardware[0] & 0xffff0007);
	assert_true(machine.shared[33].enabled);
	assert_false(machine.shared[34].enabled);
	write32_of(1, GIC_IGROUPR, 0);
	guest_write(0, false, GIC_IGROUPR + 4, 4, 0);
	assert_int_equal(enabled_private(1), 0);
	assert_false(machine.shared[33].enabled);
	write32_of(1, GIC_IGROUPR, UINT32_MAX);
	assert_int_equal(enabled_private(1), machine_hardware[0]);
	guest_write(0, false, GICD_CTLR, 4, 0);
	assert_int_equal(enabled_private(1), 0);
}

static void a_vcpu_that_is_off_has_none_enabled(void **unused)
{
	(void)unused;
	start(&interrupts_direct);
	guest_write(0, false, GICD_CTLR, 4, 2);
	write32_of(2, GIC_IGROUPR, UINT32_MAX);
	write32_of(2, GIC_ISENABLER, 0x08000006);
	assert_int_equal(enabled_private(2), 0x08000006);
	power(2, false);
	assert_int_equal(enabled_private(2), 0);
	/* What others write to its frame meanwhile is there once it is on. */
	write32_of(2, GIC_ISENABLER, 0x40000000);
	write32_of(2, GIC_ICENABLER, 2);
	guest_write(0, true, private_frame(2) + GIC_IPRIORITYR + 4, 4, 0x40302000);
	assert_int_equal(enabled_private(2), 0);
	assert_int_equal(read32_of(2, GIC_ISENABLER), 0x48000004);
	power(2, true);
	assert_int_equal(enabled_private(2), 0x48000004);
	assert_int_equal(machine.pcpu[2].private[4].priority, GIC_GUEST_PRIORITY);
	assert_int_equal(machine.pcpu[2].private[5].priority, 0x20);
	assert_int_equal(machine.pcpu[2].private[7].priority, 0x40);
}

static void sgis_go_to_the_vm_alone(void **unused)
{
	static const uint64_t targets[] = {0, 1, 8, 0xf, 0xfff0, 0xffff, 1ull << 40,
		(1ull << 40) | 0xffff, 0x1ffff, 1ull << 32 | 0xffff, 1ull << 44 | 0xffff,
		0xffull << 48 | 0xffff, UINT64_MAX & ~(15ull << 24)};
	static const uint32_t reached[] = {0, 1, 8, 0xf, 0, 0xf, 0xd, 0xd, 0, 0, 0, 0, 0xd};

	(void)unused;
	start(&interrupts_direct);
	machine.here = 1;
	for (unsigned t = 0; t < sizeof(targets) / sizeof(targets[0]); t++)
		for (unsigned kind = ICC_SGI1R; kind <= ICC_ASGI1R; kind++)
			for (uint64_t sgi = 0; sgi < 16; sgi++) {
				bool sent = kind == ICC_SGI1R && sgi != GIC_KICK;

				memset(machine.sgis, 0, sizeof(machine.sgis));
				vm.arch.interrupts->send_sgi(this_vcpu(), (enum sgi_register)kind,
					targets[t] | sgi << 24);
				for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
					assert_int_equal(machine.sgis[cpu],
						sent && reached[t] >> cpu & 1 ? 1u << sgi : 0);
			}
}

static void the_cpu_interface_keeps_to_its_own(void **unused)
{
	uint64_t value;

	(void)unused;
	start(&interrupts_direct);
	assert_true(vm.arch.interrupts->write_register(this_vcpu(), SYSREG_ICC_CTLR, UINT64_MAX));
	for (uint64_t intid = 0; intid < 1100;
		intid++) /* the fake GIC refuses what is not the VM's */
		assert_true(vm.arch.interrupts->write_register(this_vcpu(), SYSREG_ICC_DIR, intid));
	assert_true(vm.arch.interrupts->write_register(this_vcpu(), SYSREG_ICC_DIR, UINT64_MAX));
	machine.shared[33].active = true;
	assert_true(vm.arch.interrupts->write_register(this_vcpu(), SYSREG_ICC_DIR, 33));
	assert_false(machine.shared[33].active);
	assert_foreign_untouched();
	/* No mask excludes EL2's own, and each reads back. */
	for (uint64_t mask = 0; mask < 256; mask += 8) {
		assert_true(vm.arch.interrupts->write_register(this_vcpu(), SYSREG_ICC_PMR, mask));
		assert_true(machine.pcpu[0].mask >= GIC_GUEST_PRIORITY);
		assert_true(mask < GIC_GUEST_PRIORITY || machine.pcpu[0].mask == mask);
		assert_true(vm.arch.interrupts->read_register(this_vcpu(), SYSREG_ICC_PMR, &value));
		assert_int_equal(value, mask);
	}
	assert_false(vm.arch.interrupts->write_register(this_vcpu(), SYSREG_ICC_SGI1R, 0));
}

/* SPI 40 is an emulated device's: level-sensitive out of reset. */
static void a_line_stays_pending_while_it_is_up(void **unused)
{
	(void)unused;
	start(&interrupts_direct);
	vm.arch.interrupts->set_line(&vm, 40, true);
	assert_true(machine.shared[40].latch);
	guest_write(1, false, GIC_ICPENDR + 4, 4, 1u << 8);
	assert_true(machine.shared[40].latch);
	machine.shared[40].latch = false; /* acknowledged */
	vm.arch.interrupts->set_line(&vm, 40, true);
	assert_true(machine.shared[40].latch);
	machine.shared[40].latch = false;
	guest_write(1, false, GIC_ICENABLER + 4, 4, 1u << 8);
	assert_false(machine.shared[40].latch);
	guest_write(1, false, GIC_ISENABLER + 4, 4, 1u << 8);
	assert_true(machine.shared[40].latch);
	vm.arch.interrupts->set_line(&vm, 40, false);
	assert_false(machine.shared[40].latch);
	/* An edge is gone when it is cleared. */
	guest_write(1, false, GIC_ICFGR + 8, 4, 2u << 16);
	assert_true(machine.shared[40].edge);
	vm.arch.interrupts->set_line(&vm, 40, true);
	guest_write(1, false, GIC_ICPENDR + 4, 4, 1u << 8);
	assert_false(machine.shared[40].latch);
}

/* SPI 40 stands for kicks, which have pended it before vCPU 0 starts. */
static void the_doorbell_has_rung_for_what_is_left_alone(void **unused)
{
	static struct vcpu_shared shared;

	(void)unused;
	start(&interrupts_direct);
	vm.arch.doorbell = 40;
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
		machine_vcpu(cpu)->shared = &shared;
	atomic_store(&shared.requests, REQUEST_VM | REQUEST_POWER);
	machine.shared[40].latch = true;
	power(1, true);
	assert_true(machine.shared[40].latch);
	power(0, true);
	assert_false(machine.shared[40].latch);
	for (uint32_t work = REQUEST_CONSOLE; work;
		work = work == REQUEST_CONSOLE ? REQUEST_DEVICES : 0) {
		machine.shared[40].latch = false;
		atomic_store(&shared.requests, work);
		power(0, true);
		assert_true(machine.shared[40].latch);
	}
	atomic_store(&shared.requests, 0);
	machine.here = 0;
	vm.arch.interrupts->set_line(&vm, 40, true);
	power(0, true);
	assert_true(machine.shared[40].latch);
	assert_foreign_untouched();
}

static void wfi_traps_until_kicks_are_heard(void **unused)
{
	(void)unused;
	start(&interrupts_direct);
	for (unsigned life = 0; life < 2; life++) {
		power(1, true);
		assert_true(machine.pcpu[1].routing & HCR_TWI);
		vm.arch.interrupts->wfi(machine_vcpu(1), false);
		assert_true(machine.pcpu[1].routing & HCR_TWI);
		assert_int_equal(machine.pcpu[1].enable, 0);
		machine.pcpu[1].enable = 1;
		machine.pcpu[1].mask = 0;
		vm.arch.interrupts->wfi(machine_vcpu(1), false);
		assert_true(machine.pcpu[1].routing & HCR_TWI);
		assert_int_equal(machine.pcpu[1].mask, 0);
		machine.pcpu[1].mask = 0x80;
		vm.arch.interrupts->wfi(machine_vcpu(1), false);
		assert_int_equal(machine.pcpu[1].routing & (HCR_TWI | HCR_IMO | HCR_FMO), HCR_FMO);
		power(1, false);
		assert_int_equal(
			machine.pcpu[1].routing & (HCR_TWI | HCR_IMO | HCR_FMO), HCR_IMO | HCR_FMO);
	}
}

/* WFIT: a timeout is nothing that EL2 would be woken by. */
static void a_timeout_is_not_slept_through(void **unused)
{
	(void)unused;
	start(&interrupts_direct);
	power(1, true);
	vm.arch.interrupts->wfi(machine_vcpu(1), true);
	assert_int_equal(machine.waits, 0);
	vm.arch.interrupts->wfi(machine_vcpu(1), false);
	assert_int_equal(machine.waits, 1);
	machine.pcpu[1].enable = 1;
	machine.pcpu[1].mask = 0x80;
	vm.arch.interrupts->wfi(machine_vcpu(1), true);
	assert_int_equal(machine.waits, 1);
	assert_false(machine.pcpu[1].routing & HCR_TWI);
}

static void a_reset_leaves_nothing(void **unused)
{
	(void)unused;
	start(&interrupts_direct);
	guest_write(0, false, GICD_CTLR, 4, 2);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
		for (uint32_t reg = GIC_IGROUPR; reg < GIC_IPRIORITYR; reg += 0x80)
			if (reg != GIC_ICENABLER && reg != GIC_ICPENDR && reg != GIC_ICACTIVER)
				write32_of(cpu, reg, UINT32_MAX);
	for (unsigned b = 1; b < BANKS; b++)
		for (uint32_t reg = GIC_IGROUPR; reg < GIC_IPRIORITYR; reg += 0x80)
			if (reg != GIC_ICENABLER && reg != GIC_ICPENDR && reg != GIC_ICACTIVER)
				guest_write(0, false, reg + 4 * b, 4, UINT32_MAX);
	assert_true(machine.pcpu[1].private[3].enabled && machine.pcpu[1].private[3].active);
	for (unsigned i = 0; i < INTIDS; i++)
		for (unsigned cpu = 0; machine_is_hardware(i) && cpu < MAX_VCPUS; cpu++)
			machine_physical(cpu, i)->priority = 0x40;
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		power(cpu, false);
		vgic_cpu_reset(machine_vcpu(cpu));
	}
	vm.arch.interrupts->vm_reset(&vm);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
		power(cpu, true);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
		for (unsigned i = 0; i < INTIDS; i++)
			if (machine_is_hardware(i)) {
				const struct physical *p = machine_physical(cpu, i);

				assert_false(p->enabled || p->latch || p->active);
				assert_int_equal(p->priority, GIC_GUEST_PRIORITY);
			}
	assert_foreign_untouched();
	machine.here = 0;
	for (unsigned b = 1; b < BANKS; b++)
		assert_int_equal(guest_read(0, false, GIC_IGROUPR + 4 * b, 4), 0);
	assert_int_equal(guest_read(0, false, GICD_CTLR, 4) & 3, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_keep_to_their_own),
		cmocka_unit_test(states_of_others_read_as_zero),
		cmocka_unit_test(group_0_is_not_delivered),
		cmocka_unit_test(a_vcpu_that_is_off_has_none_enabled),
		cmocka_unit_test(sgis_go_to_the_vm_alone),
		cmocka_unit_test(the_cpu_interface_keeps_to_its_own),
		cmocka_unit_test(a_line_stays_pending_while_it_is_up),
		cmocka_unit_test(the_doorbell_has_rung_for_what_is_left_alone),
		cmocka_unit_test(wfi_traps_until_kicks_are_heard),
		cmocka_unit_test(a_timeout_is_not_slept_through),
		cmocka_unit_test(a_reset_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
