// SPDX-License-Identifier: Apache-2.0
/*
 * Passed-through registers that are smaller than a page: a VM reaches exactly its own. Its devices
 * are QEMU's virtio-mmio transports, eight of which share a page with those of another VM, and
 * `error`: addresses where the machine answers by an external abort, as a device may.
 */
#include "cpu.h"
#include "fdt.h"
#include "test.h"

const char test_name[] = "forwarded";

enum {
	MAGIC = 0x74726976,
	VERSION = 2,
	VERSION_OFFSET = 4,
	STATUS = 0x70,
	CONFIG = 0x100,
	FW_CFG_END = 0x80,
	PAGE = 4096,
	TIMES = 1000
};

static volatile uint64_t value;

static bool is_abort(struct fault fault, uint64_t address, bool write)
{
	return fault.taken && ESR_EC(fault.esr) == EC_DATA_ABORT &&
	       ESR_FSC(fault.esr) == FSC_EXTERNAL && ESR_WNR(fault.esr) == write &&
	       fault.far == address;
}

/* True if a read and a write of `size` bytes at `at` both abort. */
static bool is_foreign(uint64_t at, uint32_t size)
{
	struct fault reads, writes;

	switch (size) {
	case 1:
		reads = EXPECT(value = read8(at));
		writes = EXPECT(write8(at, 0));
		break;
	case 2:
		reads = EXPECT(value = read16(at));
		writes = EXPECT(write16(at, 0));
		break;
	case 4:
		reads = EXPECT(value = read32(at));
		writes = EXPECT(write32(at, 0));
		break;
	default:
		reads = EXPECT(value = read64(at));
		writes = EXPECT(write64(at, 0));
		break;
	}
	return is_abort(reads, at, false) && is_abort(writes, at, true);
}

/* How many accesses of all sizes do not abort in the pages of [base, base + size), but outside of
 * it. */
static uint32_t reachable_around(uint64_t base, uint64_t size)
{
	uint64_t first = base & ~(PAGE - 1ull), last = (base + size + PAGE - 1) & ~(PAGE - 1ull);
	uint32_t reachable = 0;

	for (uint32_t bytes = 1; bytes <= 8; bytes *= 2) {
		for (uint64_t at = first; at < last; at += bytes) {
			if (at < base || at >= base + size)
				reachable += !is_foreign(at, bytes);
		}
	}
	return reachable;
}

/* The transport of a network device: it has a config space of bytes, and a register that can be
 * written. */
static void transport(uint64_t base)
{
	uint32_t mac = read32(base + CONFIG), bytes = 0, halves = 0;

	check_equal(read32(base), MAGIC, "a word is read");
	check_equal(read64(base), (uint64_t)VERSION << 32 | MAGIC, "so is a doubleword");
	for (uint32_t i = 0; i < 4; i++)
		bytes |= (uint32_t)read8(base + CONFIG + i) << 8 * i;
	for (uint32_t i = 0; i < 4; i += 2)
		halves |= (uint32_t)read16(base + CONFIG + i) << 8 * i;
	check_equal(bytes, mac, "bytes are read one by one");
	check_equal(halves, mac, "halfwords are read one by one");
	check(mac != 0, "the device behind it has a MAC address");
	/* The device answers all but words with an error: EL2 has to make an access of the guest's
	 * size. */
	check_equal(read16(base + VERSION_OFFSET), 0, "a halfword stays a halfword");
	check_equal(read32(base + STATUS), 0, "the device begins in reset");
	write32(base + STATUS, 1);
	check_equal(read32(base + STATUS), 1, "what is written arrives");
	write16(base + STATUS, 2);
	check_equal(read32(base + STATUS), 1, "a halfword that is written stays a halfword");
	write32(base + STATUS, 0);
	check_equal(read32(base + STATUS), 0, "the device is reset");
}

/* Reads or writes `at`. The result is 0 if all general registers are as before, abort or not; x29
 * is left out, as the compiler uses it. */
#define OTHERS "2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,30"
#define REGISTERS_LOST(access, at)                                                                 \
	({                                                                                         \
		register uint64_t lost_ __asm__("x0") = 0;                                         \
		register uint64_t at_ __asm__("x1") = (at);                                        \
		__asm__ volatile(".irp n, " OTHERS                                                 \
				 "\n\tmov x\\n, #0x500 + \\n\n\t.endr\n\t" access " w0, [x1]\n\t"  \
				 "mov x0, xzr\n\t"                                                 \
				 ".irp n, " OTHERS                                                 \
				 "\n\tsub x\\n, x\\n, #0x500 + \\n\n\torr x0, x0, x\\n\n\t.endr"   \
				 : "+r"(lost_), "+r"(at_)                                          \
				 :                                                                 \
				 : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",   \
				 "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20",    \
				 "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30",    \
				 "memory");                                                        \
		lost_;                                                                             \
	})

/* Each abort is the guest's own, with its address and its registers, and nothing else happens. */
static void errors(uint64_t base)
{
	uint32_t right = 0;
	uint64_t lost = 0;
	struct fault fault;

	for (uint32_t i = 0; i < TIMES; i++)
		right += is_foreign(base + 8 * (i % 16), 1u << i % 4);
	check_equal(right, TIMES, "a device that answers with an error: %u reads and writes abort",
		TIMES);
	fault = EXPECT(lost = REGISTERS_LOST("ldr", base));
	check(is_abort(fault, base, false) && lost == 0,
		"a read that aborts leaves the registers alone: 0x%lx", lost);
	fault = EXPECT(lost = REGISTERS_LOST("str", base));
	check(is_abort(fault, base, true) && lost == 0, "so does a write: 0x%lx", lost);
}

void test_main(void)
{
	uint64_t base, size;
	uint32_t transports = 0;

	for (struct fdt_node node = fdt_first(); node.found; node = fdt_next(node)) {
		if (!fdt_property_is(node, "compatible", "virtio,mmio") ||
			!fdt_reg(node, 0, &base, &size))
			continue;
		transports++;
		check_equal(size, 512, "the transport at 0x%lx", base);
		transport(base);
		check_equal(reachable_around(base, size), 0,
			"nothing around it in its page is reached");
	}
	check_equal(transports, 1, "one transport is this VM's");
	if (fdt_reg(fdt_compatible("qemu,fw-cfg-mmio"), 0, &base, &size))
		errors(base + FW_CFG_END);
}
