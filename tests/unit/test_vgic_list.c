/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List registers when others misbehave: a VM with direct interrupts can end a neighbour's in the
 * hardware.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_gic/machine.h"
#include "version.h"

static unsigned a_device(void)
{
	for (unsigned intid = 32; intid < INTIDS; intid++)
		if (machine_is_hardware(intid))
			return intid;
	fail();
	return 0;
}

static unsigned list_registers_of(unsigned intid)
{
	unsigned count = 0;

	for (unsigned n = 0; n < machine.lrs; n++) {
		uint64_t lr = machine.pcpu[0].lr[n];

		count += (lr & (LR_PENDING | LR_ACTIVE)) && LR_INTID(lr) == intid;
	}
	return count;
}

static void take_all(void)
{
	while (machine_exit(0))
		;
}

static void active_here_and_pending_again_there(void **unused)
{
	unsigned intid, group;

	(void)unused;
	machine_start(1, 4);
	guest_power(0, true);
	intid = a_device();
	guest_interface(0, 0xff, 3, false);
	guest_write(0, false, GICD_CTLR, 4, GICD_CTLR_GRP1);
	guest_write(0, false, GIC_IGROUPR + intid / 32 * 4, 4, UINT32_MAX);
	guest_write(0, false, GIC_ISENABLER + intid / 32 * 4, 4, 1u << intid % 32);
	machine_move_line(0, intid, true);
	take_all();
	assert_int_equal(guest_acknowledge(0, &group), intid);
	machine_physical(0, intid)->active = false; /* the neighbour's ICC_EOIR1_EL1 */
	take_all();
	assert_int_equal(list_registers_of(intid), 1);
	assert_int_equal(guest_acknowledge(0, &group), -1);
	guest_end(0, intid, group);
	take_all();
	assert_int_equal(list_registers_of(intid), 1);
	assert_int_equal(guest_acknowledge(0, &group), intid);
	machine_move_line(0, intid, false);
	guest_end(0, intid, group);
	take_all();
	for (unsigned again = 0; again < 2; again++) /* it may come once too often */
		if (guest_acknowledge(0, &group) >= 0) {
			assert_int_equal(again, 0);
			guest_end(0, intid, group);
			take_all();
		}
	assert_int_equal(list_registers_of(intid), 0);
}

static void waits_while_its_vcpu_is_off(void **unused)
{
	unsigned intid, group;

	(void)unused;
	machine_start(2, 4);
	guest_power(0, true);
	guest_power(1, true);
	intid = a_device();
	guest_write(0, false, GICD_CTLR, 4, GICD_CTLR_GRP1);
	guest_write_bits(0, 0, intid / 32, GIC_IGROUPR, UINT32_MAX);
	guest_route(0, intid, 2);
	guest_write_bits(0, 0, intid / 32, GIC_ISENABLER, 1u << intid % 32);
	machine_move_line(1, intid, true);
	machine_settle();
	assert_int_equal(machine.pcpu[1].lr[0] & LR_PENDING, LR_PENDING);
	guest_power(1, false);
	machine_settle();
	guest_power(1, true);
	guest_interface(1, 0xf8, 3, false);
	machine_settle();
	assert_int_equal(guest_acknowledge(1, &group), intid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(active_here_and_pending_again_there),
		cmocka_unit_test(waits_while_its_vcpu_is_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
