/* SPDX-License-Identifier: Apache-2.0 */
/* The ID registers as a guest reads them: those of this pCPU, each field limited to what EL2 lets
 * guests use. */
#include "trap/idregs.h"

#include <stddef.h>

#include "hw/cpu_insn.h"

/* The limit of a register that guests see as it is. */
#define PASS UINT64_MAX

/* clang-format off */
/* CRm, op2 and limit (idregs_limit()) of every ID register that does not read as zero. A comment
 * names what its limit shows or hides. */
#define REGISTERS(R)                                                                               \
	/* AArch32, of use where applications may be 32-bit (RAS, AMU and trace hidden) */         \
	R(1, 0, 0x0f0fffff) R(1, 1, PASS) R(1, 2, 0x0fff0fff) R(1, 3, PASS)                        \
	R(1, 4, PASS) R(1, 5, PASS) R(1, 6, PASS) R(1, 7, PASS)                                    \
	R(2, 0, PASS) R(2, 1, PASS) R(2, 2, PASS) R(2, 3, PASS)                                    \
	R(2, 4, PASS) R(2, 5, PASS) R(2, 6, PASS) R(2, 7, PASS)                                    \
	R(3, 0, PASS) R(3, 1, PASS) R(3, 2, PASS) R(3, 4, PASS) R(3, 5, PASS) R(3, 6, PASS)        \
	R(4, 0, 0xf10f00f001ffffff) /* PFR0: no SCXTNUM, RME, AMU, MPAM, SVE, RAS; GIC version 3 */\
	R(4, 1, 0x00000001000000ff) /* PFR1: BTI, SSBS; no SCXTNUM, MTE, SME, NMI */               \
	R(4, 2, 0) R(4, 4, 0) R(4, 5, 0) /* PFR2, ZFR0, SMFR0 */                                   \
	R(5, 0, 0x000000f0f0f0ff0f) /* DFR0: debug and PMU; no trace, SPE, BRBE */                 \
	R(5, 1, 0) R(5, 2, 0) R(5, 4, PASS) R(5, 5, PASS)                                          \
	R(6, 0, 0xfffffffff0fffff0) /* ISAR0: no TME */                                            \
	R(6, 1, 0x00ffffffffffffff) /* ISAR1: no LS64, XS (both need HCRX_EL2) */                  \
	R(6, 2, 0x00000000fff0ffff) R(6, 3, 0) /* ISAR2: no MOPS (HCRX_EL2) */                     \
	R(7, 0, 0xff00ffffffffffff) /* MMFR0 */                                                    \
	R(7, 1, 0xf0fffffffff0ffff) /* MMFR1: no LORegions, CMOW */                                \
	R(7, 2, 0xffff0fffffffffff) R(7, 3, 0) R(7, 4, 0) /* MMFR2, 3, 4 */
/* clang-format on */

struct idreg {
	uint8_t crm;
	uint8_t op2;
	uint64_t limit;
};

#define ENTRY(crm, op2, limit) {crm, op2, limit},
static const struct idreg idregs[] = {REGISTERS(ENTRY)};

static uint64_t physical(unsigned crm, unsigned op2)
{
	switch (crm << 3 | op2) {
#define READ(crm, op2, limit)                                                                      \
	case (crm) << 3 | (op2):                                                                   \
		return read_sysreg(s3_0_c0_c##crm##_##op2);
		REGISTERS(READ)
	default:
		return 0;
	}
}

uint64_t idregs_limit(uint64_t value, uint64_t limit)
{
	uint64_t result = 0;

	for (unsigned shift = 0; shift < 64; shift += 4) {
		uint64_t field = value >> shift & 0xf;
		uint64_t most = limit >> shift & 0xf;

		result |= (field < most || most == 0xf ? field : most) << shift;
	}
	return result;
}

uint64_t idregs_read(unsigned crm, unsigned op2)
{
	for (size_t i = 0; i < sizeof(idregs) / sizeof(idregs[0]); i++)
		if (idregs[i].crm == crm && idregs[i].op2 == op2)
			return idregs_limit(physical(crm, op2), idregs[i].limit);
	return 0;
}

bool idregs_hide_something(void)
{
	for (size_t i = 0; i < sizeof(idregs) / sizeof(idregs[0]); i++) {
		const struct idreg *reg = &idregs[i];

		/* In each limit a field is all zeros, all ones, or ones from its lowest bit up. So
		 * a register that has no bit beyond its limit is not changed by it. */
		if (physical(reg->crm, reg->op2) & ~reg->limit)
			return true;
	}
	return false;
}
