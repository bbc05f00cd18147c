/* SPDX-License-Identifier: Apache-2.0 */
/* What a virtual GICv2 has of its own: SGIs kept apart by sender, targets, private registers in the
 * distributor, reset values and identification. Sections are of IHI 0048. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gicv2/interface.h"
#include "version.h"

#define SGI 5u

static void start(unsigned vcpus)
{
	machine_start(vcpus, 4);
	for (unsigned cpu = 0; cpu < vcpus; cpu++) {
		guest_power(cpu, true);
		guest_interface(cpu, 0xf8, 3, false);
	}
	guest_write(0, false, GICD_CTLR, 4, GICD_CTLR_GRP0);
}

static uint32_t read32(unsigned cpu, uint32_t reg)
{
	return (uint32_t)guest_read(cpu, false, reg, 4);
}

static void write32(unsigned cpu, uint32_t reg, uint32_t value)
{
	guest_write(cpu, false, reg, 4, value);
}

/* ---------------------------------------------------------------- SGIs */

/* Whoever has SGI pending of `sender`, a bit for each vCPU; forgets it. */
static unsigned reached(unsigned sender)
{
	unsigned result = 0;

	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++) {
		uint32_t senders = guest_read_senders(cpu, SGI, 1);

		assert_int_equal(senders & ~(1u << sender), 0);
		result |= (senders >> sender & 1) << cpu;
		guest_write_senders(cpu, SGI, 1, 0xff, false);
	}
	machine_settle();
	return result;
}

static void all_filters_of_sgir(void **unused)
{
	(void)unused;
	start(MAX_VCPUS);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		for (unsigned list = 0; list < 256; list++) {
			guest_send_sgi(cpu, 0, list << 16 | SGI);
			assert_int_equal(reached(cpu), list & 0xf); /* of those that there are */
		}
		guest_send_sgi(cpu, 0, 1u << 24 | 0xff0000 | SGI);
		assert_int_equal(reached(cpu), 0xf & ~(1u << cpu));
		guest_send_sgi(cpu, 0, 2u << 24 | 0xff0000 | SGI);
		assert_int_equal(reached(cpu), 1u << cpu);
		guest_send_sgi(cpu, 0, 3u << 24 | 0xff0000 | SGI); /* reserved */
		assert_int_equal(reached(cpu), 0);
		guest_send_sgi(
			cpu, 0, 1u << 15 | 0xf0000 | SGI); /* NSATT is for two security states */
		assert_int_equal(reached(cpu), 0xf);
	}
	assert_int_equal(read32(0, GICD_SGIR), 0); /* write-only */
	guest_write(0, false, GICD_SGIR, 1, SGI);  /* words alone */
	guest_write(0, false, GICD_SGIR + 2, 2, 1);
	assert_int_equal(reached(0), 0);
}

static void groups_do_not_matter_to_sgir(void **unused)
{
	(void)unused;
	start(2);
	write32(1, GIC_IGROUPR, UINT32_MAX);
	guest_send_sgi(0, 0, 2u << 16 | SGI);
	assert_int_equal(reached(0), 2);
}

static void each_sender_is_acknowledged(void **unused)
{
	unsigned seen = 0, group;

	(void)unused;
	start(MAX_VCPUS);
	for (unsigned sender = 0; sender < MAX_VCPUS; sender++)
		guest_send_sgi(sender, 0, 1u << 16 | SGI);
	guest_send_sgi(3, 0, 1u << 16 | SGI); /* pending already */
	for (unsigned n = 0; n < MAX_VCPUS; n++) {
		int iar;

		machine_settle();
		iar = guest_acknowledge(0, &group);
		assert_int_equal(iar & 0x3ff, SGI);
		assert_false(seen >> (iar >> 10) & 1);
		seen |= 1u << (iar >> 10);
		assert_int_equal(read32(0, GIC_ISACTIVER) & 0xffff, 1u << SGI);
		assert_int_equal(guest_acknowledge(0, &group), -1); /* as long as it is active */
		assert_int_equal(guest_read_senders(0, SGI, 1), 0xf & ~seen);
		guest_end(0, (unsigned)iar, group);
	}
	machine_settle();
	assert_int_equal(seen, 0xf);
	assert_int_equal(guest_acknowledge(0, &group), -1);
	assert_int_equal(read32(0, GIC_ISPENDR) & 0xffff, 0);
}

static void the_same_sender_while_active(void **unused)
{
	unsigned group;

	(void)unused;
	start(2);
	guest_send_sgi(1, 0, 1u << 16 | SGI);
	machine_settle();
	assert_int_equal(guest_acknowledge(0, &group), SGI | 1u << 10);
	guest_send_sgi(1, 0, 1u << 16 | SGI);
	machine_settle();
	assert_int_equal(read32(0, GIC_ISPENDR) >> SGI & 1, 1);
	guest_end(0, SGI | 1u << 10, group);
	machine_settle();
	assert_int_equal(guest_acknowledge(0, &group), SGI | 1u << 10);
	guest_end(0, SGI | 1u << 10, group);
	machine_settle();
	assert_int_equal(guest_acknowledge(0, &group), -1);
}

static void senders_survive_a_vcpu_off(void **unused)
{
	unsigned group, seen = 0;

	(void)unused;
	start(3);
	guest_send_sgi(1, 0, 1u << 16 | SGI);
	guest_send_sgi(2, 0, 1u << 16 | SGI);
	machine_settle();
	guest_power(0, false);
	guest_send_sgi(1, 0, 1u << 16 | SGI);
	machine_settle();
	guest_power(0, true);
	guest_interface(0, 0xf8, 3, false);
	for (unsigned n = 0; n < 2; n++) {
		int iar;

		machine_settle();
		iar = guest_acknowledge(0, &group);
		assert_true(iar >= 0);
		seen |= 1u << (iar >> 10);
		guest_end(0, (unsigned)iar, group);
	}
	machine_settle();
	assert_int_equal(seen, 6);
	assert_int_equal(guest_acknowledge(0, &group), -1);
}

/* 4.3.16, 4.3.17 */
static void senders_set_and_cleared(void **unused)
{
	unsigned group;

	(void)unused;
	start(2);
	write32(0, GICD_SPENDSGIR + 4, 0xff030201);                  /* SGIs 4 to 7 */
	assert_int_equal(read32(0, GICD_SPENDSGIR + 4), 0x03030201); /* of vCPUs that there are */
	assert_int_equal(read32(1, GICD_SPENDSGIR + 4), 0);          /* each vCPU has its own */
	assert_int_equal(read32(0, GIC_ISPENDR) & 0xffff, 0xf0);
	guest_write(0, false, GICD_CPENDSGIR + 6, 1, 1);
	assert_int_equal(read32(0, GICD_CPENDSGIR + 4), 0x03020201);
	guest_write(0, false, GICD_CPENDSGIR + 6, 2, 0xffff); /* no such access */
	assert_int_equal(read32(0, GICD_CPENDSGIR + 4), 0x03020201);
	write32(0, GICD_CPENDSGIR + 4, UINT32_MAX);
	machine_settle();
	assert_int_equal(read32(0, GIC_ISPENDR) & 0xffff, 0);
	assert_int_equal(guest_acknowledge(0, &group), -1);
	/* An active one stays so. */
	guest_send_sgi(1, 0, 1u << 16 | SGI);
	machine_settle();
	assert_int_equal(guest_acknowledge(0, &group), SGI | 1u << 10);
	guest_send_sgi(0, 0, 1u << 16 | SGI);
	write32(0, GICD_CPENDSGIR + 4, UINT32_MAX);
	assert_int_equal(read32(0, GIC_ISACTIVER) & 0xffff, 1u << SGI);
	guest_end(0, SGI | 1u << 10, group);
	machine_settle();
	assert_int_equal(guest_acknowledge(0, &group), -1);
}

static void enables_and_states_of_sgis_are_fixed(void **unused)
{
	(void)unused;
	start(2);
	assert_int_equal(read32(0, GIC_ISENABLER) & 0xffff, 0xffff);
	write32(0, GIC_ICENABLER, UINT32_MAX);
	assert_int_equal(read32(0, GIC_ISENABLER) & 0xffff, 0xffff);
	write32(0, GIC_ISPENDR, UINT32_MAX);
	assert_int_equal(read32(0, GIC_ISPENDR) & 0xffff, 0);
	guest_write_senders(0, SGI, 1, 2, true);
	write32(0, GIC_ICPENDR, UINT32_MAX);
	assert_int_equal(read32(0, GIC_ISPENDR) & 0xffff, 1u << SGI);
	write32(0, GIC_ICFGR, 0);
	assert_int_equal(read32(0, GIC_ICFGR), 0xaaaaaaaa);
}

/* ---------------------------------------------------------------- targets */

/* 4.3.12 */
static void targets_by_byte_and_word(void **unused)
{
	(void)unused;
	start(MAX_VCPUS);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		for (unsigned intid = 0; intid < 32; intid++)
			assert_int_equal(guest_read_targets(cpu, intid), 1u << cpu);
		write32(cpu, GIC_ITARGETSR, 0);
		assert_int_equal(read32(cpu, GIC_ITARGETSR), 0x01010101u << cpu);
	}
	assert_int_equal(read32(0, GIC_ITARGETSR + 32), 0); /* after a reset */
	write32(0, GIC_ITARGETSR + 32, 0xff0c0201);
	assert_int_equal(read32(3, GIC_ITARGETSR + 32), 0x0f0c0201); /* of vCPUs that there are */
	guest_route(1, 33, 0x80);
	assert_int_equal(read32(3, GIC_ITARGETSR + 32), 0x0f0c0001);
	guest_write(0, false, GIC_ITARGETSR + 32, 2, 0x0404); /* no such access */
	assert_int_equal(guest_read(0, false, GIC_ITARGETSR + 32, 2), 0);
	assert_int_equal(read32(0, GIC_ITARGETSR + 32), 0x0f0c0001);
	write32(0, GIC_ITARGETSR + 48, UINT32_MAX); /* 48 to 51 are nobody's */
	assert_int_equal(read32(0, GIC_ITARGETSR + 48), 0);
	/* In hardware by the numbers of the pCPUs' interfaces, and one each. */
	assert_int_equal(machine.route[32], version_route(0));
	assert_int_equal(machine.route[34], version_route(2));
	assert_int_equal(machine.route[35], version_route(0));
}

static void one_vcpu_has_no_targets_to_choose(void **unused)
{
	unsigned group;

	(void)unused;
	start(1);
	write32(0, GIC_ITARGETSR + 32, 0x01010101);
	assert_int_equal(read32(0, GIC_ITARGETSR + 32), 0);
	assert_int_equal(read32(0, GIC_ITARGETSR), 0);
	write32(0, GIC_ISENABLER + 4, 1);
	machine_move_line(0, 32, true);
	machine_settle();
	assert_int_equal(guest_acknowledge(0, &group), 32);
}

static void an_spi_without_targets_waits(void **unused)
{
	unsigned group;

	(void)unused;
	start(2);
	write32(0, GIC_ISENABLER + 4, 1);
	machine_move_line(0, 32, true);
	machine_settle();
	assert_int_equal(read32(0, GIC_ISPENDR + 4) & 1, 1);
	assert_false(machine_physical(0, 32)->enabled);
	guest_route(0, 32, 2);
	machine_settle();
	assert_int_equal(guest_acknowledge(0, &group), -1);
	assert_int_equal(guest_acknowledge(1, &group), 32);
}

/* The SPI of a vCPU whose pCPU has not come up goes nowhere until it has. */
static void routes_wait_for_the_pcpu(void **unused)
{
	uint8_t interface;

	(void)unused;
	machine_start(2, 4);
	guest_power(0, true);
	guest_route(0, 32, 1);
	interface = gic_interfaces[3]; /* of vCPU 1: see machine.c */
	gic_interfaces[3] = 0;
	machine.unknown = true;
	guest_route(0, 32, 2);
	assert_int_equal(machine.route[32], 0);
	gic_interfaces[3] = interface;
	machine.unknown = false;
	machine.here = 1;
	vgic_cpu_off(machine_vcpu(1));
	vgic_cpu_reset(machine_vcpu(1));
	assert_int_equal(machine.route[32], interface);
	assert_int_equal(machine.route[33], version_route(0));
}

/* ---------------------------------------------------------------- the frame */

static void identification_and_reset(void **unused)
{
	(void)unused;
	machine_start(3, 4);
	assert_int_equal(read32(0, GICD_CTLR), 0);
	assert_int_equal(read32(0, GICD_TYPER), 2u << 5 | (BANKS - 1)); /* one security state */
	assert_int_equal(read32(0, GICD_ICPIDR2) >> 4 & 15, 2);
	for (unsigned cpu = 0; cpu < 3; cpu++)
		for (unsigned b = 0; b < BANKS; b++) {
			assert_int_equal(read32(cpu, GIC_IGROUPR + 4 * b), 0);
			assert_int_equal(read32(cpu, GIC_ISENABLER + 4 * b), b ? 0 : 0xffff);
			assert_int_equal(read32(cpu, GIC_ISPENDR + 4 * b), 0);
			assert_int_equal(read32(cpu, GIC_ISACTIVER + 4 * b), 0);
			assert_int_equal(read32(cpu, GIC_IPRIORITYR + 32 * b), 0);
			assert_int_equal(read32(cpu, GIC_ICFGR + 8 * b), b ? 0 : 0xaaaaaaaa);
		}
	for (uint32_t reg = 0x80 + 4 * BANKS; reg < 0x400; reg += 4)
		if ((reg & 0x7f) >= 4 * BANKS) {
			write32(0, reg, UINT32_MAX);
			assert_int_equal(read32(0, reg), 0); /* INTIDs that the VM has not */
		}
	assert_int_equal(guest_read(0, false, GICD_TYPER, 8), 0); /* no such access */
	assert_int_equal(guest_read(0, false, GICD_TYPER, 2), 0);
}

static void private_registers_are_the_accessors(void **unused)
{
	(void)unused;
	start(2);
	write32(0, GIC_IPRIORITYR + 24, 0x11223344);
	assert_int_equal(read32(0, GIC_IPRIORITYR + 24), 0x10000000); /* 27 is the VM's */
	guest_write(0, false, GIC_IPRIORITYR + 27, 1, 0x4f);
	assert_int_equal(guest_read(0, false, GIC_IPRIORITYR + 27, 1), 0x48);
	assert_int_equal(guest_read(1, false, GIC_IPRIORITYR + 27, 1), 0);
	write32(1, GIC_ISENABLER, 1u << 27);
	assert_int_equal(read32(0, GIC_ISENABLER) >> 27 & 1, 0);
	assert_int_equal(read32(1, GIC_ISENABLER) >> 27 & 1, 1);
	assert_false(machine_physical(0, 27)->enabled);
	assert_true(machine_physical(1, 27)->enabled);
	write32(1, GIC_ICFGR + 4, UINT32_MAX); /* those of PPIs are fixed */
	assert_int_equal(read32(1, GIC_ICFGR + 4), 0);
	assert_false(machine_physical(1, 27)->edge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_filters_of_sgir),
		cmocka_unit_test(groups_do_not_matter_to_sgir),
		cmocka_unit_test(each_sender_is_acknowledged),
		cmocka_unit_test(the_same_sender_while_active),
		cmocka_unit_test(senders_survive_a_vcpu_off),
		cmocka_unit_test(senders_set_and_cleared),
		cmocka_unit_test(enables_and_states_of_sgis_are_fixed),
		cmocka_unit_test(targets_by_byte_and_word),
		cmocka_unit_test(one_vcpu_has_no_targets_to_choose),
		cmocka_unit_test(an_spi_without_targets_waits),
		cmocka_unit_test(routes_wait_for_the_pcpu),
		cmocka_unit_test(identification_and_reset),
		cmocka_unit_test(private_registers_are_the_accessors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
