/* SPDX-License-Identifier: Apache-2.0 */
/* No access of a guest changes, or shows, a bit of a physical interrupt that is not its VM's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_gic/machine.h"
#include "version.h"

static const uint64_t hostile[] = {
	0, UINT64_MAX, 0xaaaaaaaaaaaaaaaa, 0x5555555555555555, 0x8000000080000000, 0x100, 1};

static struct machine before;

/* Everything that is not the VM's is as it was. The fake GIC itself refuses writes that touch it
 * (machine.c). */
static void assert_foreign_untouched(void)
{
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
		for (unsigned i = 0; i < 32; i++)
			if (!machine_is_hardware(i))
				assert_memory_equal(&machine.pcpu[cpu].private[i],
					&before.pcpu[cpu].private[i], sizeof(struct physical));
	for (unsigned i = 32; i < INTIDS; i++)
		if (!machine_is_hardware(i)) {
			assert_memory_equal(
				&machine.shared[i], &before.shared[i], sizeof(struct physical));
			assert_int_equal(machine.route[i], before.route[i]);
		}
}

static void start(void)
{
	machine_start(MAX_VCPUS, 4);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		machine.here = cpu;
		vgic_cpu_on(machine_vcpu(cpu));
		for (unsigned i = 0; i < 32; i++)
			if (!machine_is_hardware(i))
				machine.pcpu[cpu].private[i] = (struct physical){.enabled = i % 2,
					.latch = i % 3 == 0,
					.active = i % 5 == 0,
					.edge = i % 2};
	}
	for (unsigned i = 32; i < INTIDS; i++)
		if (!machine_is_hardware(i)) {
			machine.shared[i].edge = i % 2;
			machine.shared[i].latch = true; /* would be visible in ISPENDR */
			machine.route[i] = 0x1234;
		}
	before = machine;
}

/* One write and one read by a vCPU. */
static void access_once(
	unsigned cpu, bool redistributor, uint64_t offset, unsigned size, uint64_t value)
{
	mmio_write_fn *write = redistributor ? machine_frames.write_redistributor
	                                     : machine_frames.write_distributor;
	mmio_read_fn *read =
		redistributor ? machine_frames.read_redistributor : machine_frames.read_distributor;
	uint64_t found = UINT64_MAX;

	machine.here = cpu;
	assert_int_not_equal(write(machine_vcpu(cpu), NULL, offset, size, value), MMIO_FAULT);
	assert_int_not_equal(read(machine_vcpu(cpu), NULL, offset, size, &found), MMIO_FAULT);
}

static void every_access(bool redistributor, uint64_t length)
{
	unsigned long changes = 0;

	for (unsigned v = 0; v < sizeof(hostile) / sizeof(hostile[0]); v++)
		for (unsigned size = 1; size <= 8; size *= 2)
			for (uint64_t offset = 0; offset < length; offset += size) {
				uint64_t mask = UINT64_MAX >> (64 - 8 * size);
				unsigned writes = machine.hardware_writes;
				unsigned cpu = (unsigned)(offset / 4 % MAX_VCPUS);

				/* A GICv2's banked registers are each vCPU's own. */
				for (unsigned n = 0; n < (VERSION == 2 ? MAX_VCPUS : 1); n++)
					access_once((cpu + n) % MAX_VCPUS, redistributor, offset,
						size, hostile[v] & mask);
				changes += machine.hardware_writes != writes;
				if (changes % 16 == 0 || machine.hardware_writes != writes)
					assert_foreign_untouched();
			}
	machine_settle();
	assert_foreign_untouched();
	assert_true(changes > 10); /* the test does reach the hardware */
}

static void distributor_keeps_to_its_own(void **unused)
{
	(void)unused;
	start();
	every_access(false, GICD_SIZE);
}

static void redistributors_keep_to_their_own(void **unused)
{
	(void)unused;
	start();
	every_access(true, GICRS_SIZE);
}

static void all_frames_together(void **unused)
{
	(void)unused;
	start();
	guest_write(0, false, GICD_CTLR, 4, 3);
	for (unsigned b = 1; b < BANKS; b++)
		guest_write_bits(0, 0, b, GIC_ISENABLER, UINT32_MAX);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
		guest_write_bits(cpu, cpu, 0, GIC_ISENABLER, UINT32_MAX);
	every_access(false, GICD_SIZE);
	if (GICRS_SIZE)
		every_access(true, GICRS_SIZE);
	every_access(false, GICD_SIZE);
}

static void states_of_others_read_as_zero(void **unused)
{
	(void)unused;
	start();
	for (unsigned b = 0; b < 32; b++) {
		uint32_t own = 0;

		/* With a GICv3, those of bank 0 are in the redistributors alone. */
		for (unsigned i = 0; (b || VERSION == 2) && b < BANKS && i < 32; i++)
			own |= (uint32_t)machine_owns(32 * b + i) << i;
		for (uint32_t reg = GIC_IGROUPR; reg < GIC_IPRIORITYR; reg += 0x80) {
			guest_write(0, false, reg + 4 * b, 4, UINT32_MAX);
			assert_int_equal(guest_read(0, false, reg + 4 * b, 4) & ~own, 0);
		}
	}
	for (unsigned i = 0; i < 32; i++)
		if (!machine_owns(i)) {
			assert_int_equal(guest_read_bits(1, 1, 0, GIC_ISPENDR) >> i & 1, 0);
			assert_int_equal(guest_read_bits(1, 1, 0, GIC_ISENABLER) >> i & 1, 0);
		}
}

static void a_stop_silences_what_the_guest_had(void **unused)
{
	(void)unused;
	start();
	guest_write(0, false, GICD_CTLR, 4, 3);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++)
		guest_write_bits(cpu, cpu, 0, GIC_ISENABLER, UINT32_MAX);
	for (unsigned b = 1; b < BANKS; b++) {
		guest_write(0, false, GIC_ISENABLER + 4 * b, 4, UINT32_MAX);
		guest_write(0, false, GIC_ISPENDR + 4 * b, 4, UINT32_MAX);
	}
	for (unsigned i = 0; i < INTIDS; i++)
		if (machine_is_hardware(i))
			machine_physical(1, i)->line = true;
	machine_settle();
	before = machine;
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		machine.here = cpu;
		vgic_cpu_off(machine_vcpu(cpu));
		vgic_cpu_reset(machine_vcpu(cpu));
	}
	vgic_vm_reset(&vm);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		for (unsigned n = 0; n < machine.lrs; n++)
			assert_int_equal(machine.pcpu[cpu].lr[n], 0);
		for (unsigned i = 0; i < INTIDS; i++)
			if (machine_is_hardware(i)) {
				assert_false(machine_physical(cpu, i)->enabled);
				assert_false(machine_physical(cpu, i)->active);
				assert_false(machine_physical(cpu, i)->latch);
			}
	}
	assert_foreign_untouched();
	for (unsigned b = 1; b < BANKS; b++)
		assert_int_equal(guest_read(0, false, GIC_ISENABLER + 4 * b, 4) |
					 guest_read(0, false, GIC_ISACTIVER + 4 * b, 4),
			0);
	/* An interrupt that a pCPU has acknowledged before, and which EL2 serves only now. */
	machine.here = 1;
	machine_physical(0, 33)->line = false;
	vgic_hardware_interrupt(machine_vcpu(1), 33);
	machine_settle();
	assert_int_equal(guest_read(0, false, GIC_ISPENDR + 4, 4) >> 1 & 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distributor_keeps_to_its_own),
		cmocka_unit_test(all_frames_together),
		cmocka_unit_test(states_of_others_read_as_zero),
		cmocka_unit_test(a_stop_silences_what_the_guest_had),
	};
	const struct CMUnitTest redistributors[] = {
		cmocka_unit_test(redistributors_keep_to_their_own),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	return GICRS_SIZE ? failed + cmocka_run_group_tests(redistributors, NULL, NULL) : failed;
}
