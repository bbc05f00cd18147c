/* SPDX-License-Identifier: Apache-2.0 */
/* Prints an exception's syndrome and registers in words. */
#include "trap/syndrome.h"

static const char *exception_class(uint64_t esr)
{
	switch (ESR_EC(esr)) {
	case EC_UNKNOWN:
		return "undefined instruction";
	case EC_SYSREG:
		return "system register access";
	case EC_IABT_LOWER:
	case EC_IABT_SAME:
		return "instruction abort";
	case EC_DABT_LOWER:
	case EC_DABT_SAME:
		return "data abort";
	case EC_SERROR:
		return "SError";
	default:
		return "exception";
	}
}

const char *syndrome_status(uint64_t esr)
{
	static const char *const names[16] = {
		[0] = "address size fault",
		[1] = "translation fault",
		[2] = "access flag fault",
		[3] = "permission fault",
		[4] = "external abort",
		[5] = "external abort on a table walk",
		[8] = "alignment fault",
		[12] = "TLB conflict",
	};
	const char *name = names[(esr & ISS_FSC_TYPE) >> 2];

	return name ? name : "other fault";
}

static const char *pad(unsigned n)
{
	return n < 10 ? " " : "";
}

void registers_print(print_fn *out, const uint64_t *x)
{
	/* One call for each line: others may print between two calls. */
	for (unsigned i = 0; i < 28; i += 4)
		out("  x%u%s %016lx  x%u%s %016lx  x%u%s %016lx  x%u%s %016lx\n", i, pad(i), x[i],
			i + 1, pad(i + 1), x[i + 1], i + 2, pad(i + 2), x[i + 2], i + 3, pad(i + 3),
			x[i + 3]);
	out("  x28 %016lx  x29 %016lx  x30 %016lx\n", x[28], x[29], x[30]);
}

void syndrome_print(print_fn *out, const char *name, uint64_t esr)
{
	if (syndrome_is_abort(esr))
		out("  %s %08lx: %s%s, %s\n", name, esr, exception_class(esr),
			syndrome_is_fetch(esr) ? ""
			: esr & ISS_WNR        ? ", write"
					       : ", read",
			syndrome_status(esr));
	else
		out("  %s %08lx: %s\n", name, esr, exception_class(esr));
}
