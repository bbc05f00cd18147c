/* SPDX-License-Identifier: Apache-2.0 */
/* SGI generation, reset values and identification of the virtual GIC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_gic/machine.h"
#include "gic/gic_regs.h"
#include "gicv3/gicv3_regs.h"
#include "vgicv3/virtual.h"

#define SGI 5u

/* The vCPUs that an SGI of vCPU 0 reaches, one bit each. */
static unsigned reached(enum sgi_register kind, uint64_t value)
{
	unsigned result = 0;

	machine.here = 0;
	vgic_send_sgi(machine_vcpu(0), kind, value | (uint64_t)SGI << 24);
	for (unsigned cpu = 0; cpu < machine.vcpus; cpu++) {
		struct vgic_bank *bank = &machine_vcpu(cpu)->arch.vgic.bank;

		result |= (unsigned)(bank->pending >> SGI & 1) << cpu;
		bank->pending = 0;
		machine.pcpu[cpu].work = 0;
	}
	return result;
}

/* The guest's MPIDRs: Aff3.Aff2.Aff1.Aff0 of vCPUs 0 to 3 */
static void start(const uint64_t *mpidrs)
{
	machine_start(MAX_VCPUS, 4);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		if (mpidrs)
			machine_set_mpidr(cpu, mpidrs[cpu]);
		machine_vcpu(cpu)->arch.vgic.bank.group = UINT32_MAX;
	}
}

static void target_lists(void **unused)
{
	(void)unused;
	start(NULL);
	for (unsigned list = 0; list < 16; list++)
		assert_int_equal(reached(ICC_SGI1R, list), list);
	assert_int_equal(reached(ICC_SGI1R, 0xfff0), 0);
	assert_int_equal(reached(ICC_SGI1R, 1ull << 16 | 0xffff), 0); /* Aff1 */
	assert_int_equal(reached(ICC_SGI1R, 1ull << 32 | 0xffff), 0); /* Aff2 */
	assert_int_equal(reached(ICC_SGI1R, 1ull << 48 | 0xffff), 0); /* Aff3 */
	assert_int_equal(reached(ICC_SGI1R, 1ull << 44 | 0xffff), 0); /* RS */
}

static void all_affinity_fields(void **unused)
{
	static const uint64_t mpidrs[] = {0x80000000, 0x0180020304, 0x0280000013, 0x0080010000};

	(void)unused;
	start(mpidrs);
	assert_int_equal(reached(ICC_SGI1R, 1), 1);
	assert_int_equal(reached(ICC_SGI1R, 1ull << 48 | 2ull << 32 | 3ull << 16 | 1u << 4), 2);
	assert_int_equal(reached(ICC_SGI1R, 1ull << 48 | 2ull << 32 | 4ull << 16 | 1u << 4), 0);
	assert_int_equal(reached(ICC_SGI1R, 2ull << 48 | 1ull << 44 | 1u << 3), 4);
	assert_int_equal(reached(ICC_SGI1R, 2ull << 48 | 1u << 3), 0);
	assert_int_equal(reached(ICC_SGI1R, 1ull << 32 | 1u), 8);
}

static void all_but_self(void **unused)
{
	(void)unused;
	start(NULL);
	assert_int_equal(reached(ICC_SGI1R, SGIR_IRM), 0xe);
	assert_int_equal(
		reached(ICC_SGI1R, SGIR_IRM | 5ull << 16 | 1), 0xe); /* the rest is RES0 then */
}

static void groups_must_match(void **unused)
{
	(void)unused;
	start(NULL);
	machine_vcpu(2)->arch.vgic.bank.group = 0;
	assert_int_equal(reached(ICC_SGI1R, 0xf), 0xb);
	assert_int_equal(reached(ICC_SGI0R, 0xf), 0x4);
	assert_int_equal(reached(ICC_ASGI1R, 0xf), 0x4);
	assert_int_equal(reached(ICC_SGI1R, SGIR_IRM), 0xa);
}

static void identification(void **unused)
{
	uint32_t typer;

	(void)unused;
	start(NULL);
	typer = (uint32_t)guest_read(0, false, GICD_TYPER, 4);
	assert_int_equal(GICD_TYPER_LINES(typer), BANKS - 1);
	assert_int_equal(typer >> 19 & 31, 9); /* INTIDs of 10 bits */
	assert_int_equal(typer & 0x30400, 0);  /* no LPIs, no MBIS, one security state */
	assert_int_equal(typer >> 25 & 1, 1);  /* no 1 of N */
	assert_int_equal(guest_read(0, false, GIC_PIDR2, 4) >> 4 & 15, 3);
	for (unsigned cpu = 0; cpu < MAX_VCPUS; cpu++) {
		uint64_t base = cpu * (uint64_t)GICR_SIZE;
		uint64_t both = guest_read(0, true, base + GICR_TYPER, 8);

		assert_int_equal(both >> 32, cpu);
		assert_int_equal(both >> 8 & 0xffff, cpu);
		assert_int_equal(both >> 4 & 1, cpu == MAX_VCPUS - 1);
		assert_int_equal(guest_read(0, true, base + GICR_TYPER, 4), both & UINT32_MAX);
		assert_int_equal(guest_read(0, true, base + GICR_TYPER + 4, 4), both >> 32);
		assert_int_equal(guest_read(0, true, base + GIC_PIDR2, 4) >> 4 & 15, 3);
		assert_int_equal(guest_read(0, true, base + GICR_WAKER, 4), 6);
		guest_write(0, true, base + GICR_WAKER, 4, 0);
		assert_int_equal(guest_read(0, true, base + GICR_WAKER, 4), 0);
		assert_int_equal(guest_read(0, true, base + GICR_FRAME + GIC_ICFGR, 4), 0xaaaaaaaa);
	}
}

static void routes_in_halves(void **unused)
{
	uint64_t reg = GICD_IROUTER + 8 * 40;

	(void)unused;
	start(NULL);
	guest_write(0, false, reg, 8, 0xffffffffffffffff);
	assert_int_equal(guest_read(0, false, reg, 8), 0xff00ffffff); /* no IRM */
	guest_write(0, false, reg, 4, 0x80000003);
	assert_int_equal(guest_read(0, false, reg, 8), 0xff00000003);
	guest_write(0, false, reg + 4, 4, 0);
	assert_int_equal(guest_read(0, false, reg, 4), 3);
	guest_write(0, false, reg, 2, 1); /* no such access */
	assert_int_equal(guest_read(0, false, reg, 8), 3);
	guest_write(0, false, GICD_IROUTER + 8 * 50, 8, 1); /* nobody's */
	assert_int_equal(guest_read(0, false, GICD_IROUTER + 8 * 50, 8), 0);
}

static void priorities_by_byte_and_word(void **unused)
{
	(void)unused;
	start(NULL);
	guest_write(0, false, GIC_IPRIORITYR + 40, 4, 0xffffffff);
	assert_int_equal(guest_read(0, false, GIC_IPRIORITYR + 40, 4), 0xf8f8f8f8);
	guest_write(0, false, GIC_IPRIORITYR + 41, 1, 0x47);
	assert_int_equal(guest_read(0, false, GIC_IPRIORITYR + 40, 4), 0xf8f840f8);
	guest_write(0, false, GIC_IPRIORITYR + 40, 2, 0);
	assert_int_equal(guest_read(0, false, GIC_IPRIORITYR + 40, 2), 0);
	assert_int_equal(guest_read(0, false, GIC_IPRIORITYR + 41, 1), 0x40);
	guest_write(0, false, GIC_IPRIORITYR + 48, 4, 0xffffffff); /* 48 and up are nobody's */
	assert_int_equal(guest_read(0, false, GIC_IPRIORITYR + 48, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(target_lists),
		cmocka_unit_test(all_affinity_fields),
		cmocka_unit_test(all_but_self),
		cmocka_unit_test(groups_must_match),
		cmocka_unit_test(identification),
		cmocka_unit_test(routes_in_halves),
		cmocka_unit_test(priorities_by_byte_and_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
