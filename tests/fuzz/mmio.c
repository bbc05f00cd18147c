/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data aborts, from the syndrome to the register: any ESR, address and registers, against a model
 * of what Arm DDI 0487 says of ESR_ELx.ISS and of exceptions that are taken to EL1. The devices
 * answer as the input says.
 */
#include <setjmp.h>
#include <string.h>

#include "cpu/vcpu.h"
#include "entry.h"
#include "fuzz.h"
#include "hw/esr.h"
#include "trap/fault.h"
#include "trap/frame.h"
#include "trap/revoked.h"

enum { EC_DATA_ABORT = 0x24, REGIONS = 3 };

/* How the exit ended. */
enum outcome { EMULATED, RETRIED, ABORTED, KILLED };

static struct {
	unsigned accesses;
	const void *device;
	bool write;
	uint64_t offset, value;
	unsigned size;
	/* what it answers */
	enum mmio_result result;
	uint64_t answer;
} device;

static jmp_buf killed;

/* The stage-2 root of this VM is never cleared. */
bool stage2_resume(struct vcpu *vcpu, uint64_t esr)
{
	(void)vcpu;
	(void)esr;
	abort();
}

static enum mmio_result record(
	const void *which, uint64_t offset, unsigned size, bool write, uint64_t value)
{
	device.accesses++;
	device.device = which;
	device.offset = offset;
	device.size = size;
	device.write = write;
	device.value = value;
	return device.result;
}

static enum mmio_result read_device(
	struct vcpu *vcpu, const void *which, uint64_t offset, unsigned size, uint64_t *value)
{
	REQUIRE(vcpu == host_vcpu);
	if (device.result == MMIO_DONE)
		*value = device.answer & ~0ull >> (64 - 8 * size);
	return record(which, offset, size, false, 0);
}

static enum mmio_result write_device(
	struct vcpu *vcpu, const void *which, uint64_t offset, unsigned size, uint64_t value)
{
	REQUIRE(vcpu == host_vcpu);
	return record(which, offset, size, true, value);
}

/* Neighbours, sizes that are no powers of two, and the last addresses that there are. */
#define REGION(at, length)                                                                         \
	{                                                                                          \
		.base = (at), .size = (length), .read = read_device, .write = write_device,        \
		.exit = EXIT_DEVICE                                                                \
	}
static struct mmio_region regions[REGIONS] = {
	REGION(0x8000000, 0x1008), REGION(0x8001008, 0x20), REGION(0xfffffffff000, 0x1000)};

static struct vcpu_shared shared;
static struct vm_config vm = {.mmio = regions, .mmio_count = REGIONS};
static struct vcpu vcpu = {.vm = &vm, .shared = &shared};

void vm_fault(struct vcpu *who, const struct guest_frame *frame, uint64_t esr, const char *reason)
{
	REQUIRE(who == &vcpu && frame && esr && reason);
	longjmp(killed, 1);
}

/* ---------------------------------------------------------------- the model */

struct access {
	uint64_t esr, ipa;
	struct guest_frame before;
	struct host_sysregs registers;
};

static const struct mmio_region *region_at(uint64_t ipa)
{
	for (unsigned i = 0; i < REGIONS; i++)
		if (ipa >= regions[i].base && ipa - regions[i].base < regions[i].size)
			return &regions[i];
	return NULL;
}

static bool field(uint64_t esr, unsigned bit)
{
	return esr >> bit & 1;
}

static enum outcome expected(const struct access *access)
{
	bool translation = (access->esr & 0x3c) == 0x04 && !field(access->esr, 7);
	uint64_t size = 1ull << (access->esr >> 22 & 3);

	if (!translation || !region_at(access->ipa))
		return ABORTED;
	if (!field(access->esr, 24))
		return KILLED;
	if (access->ipa % size)
		return ABORTED;
	return device.result == MMIO_DONE    ? EMULATED
	       : device.result == MMIO_RETRY ? RETRIED
	                                     : ABORTED;
}

static bool accesses_device(const struct access *access)
{
	bool translation = (access->esr & 0x3c) == 0x04 && !field(access->esr, 7);

	return translation && field(access->esr, 24) && region_at(access->ipa) &&
	       access->ipa % (1ull << (access->esr >> 22 & 3)) == 0;
}

static uint64_t extended(const struct access *access)
{
	unsigned bits = 8u << (access->esr >> 22 & 3);
	uint64_t value = bits == 64 ? device.answer : device.answer & ((1ull << bits) - 1);

	if (field(access->esr, 21) && bits < 64 && value >> (bits - 1) & 1)
		value |= ~0ull << bits;
	return field(access->esr, 15) ? value : value & UINT32_MAX;
}

static void check_access(const struct access *access, const struct guest_frame *after)
{
	const struct mmio_region *region = region_at(access->ipa);
	unsigned size = 1u << (access->esr >> 22 & 3);
	unsigned reg = access->esr >> 16 & 31;
	bool write = field(access->esr, 6);

	REQUIRE(device.accesses == 1 && device.device == region->device && device.write == write);
	REQUIRE(device.size == size && device.offset == access->ipa - region->base);
	REQUIRE(device.offset + size <= region->size);
	if (write)
		REQUIRE(device.value == (access->before.x[reg] & ~0ull >> (64 - 8 * size)));
	for (unsigned i = 0; i < 31; i++) /* x[31] is lost */
		REQUIRE(after->x[i] == (!write && i == reg && device.result == MMIO_DONE
						       ? extended(access)
						       : access->before.x[i]));
}

/* A synchronous external abort at EL1, for the instruction that made the access. */
static void check_injected(const struct access *access)
{
	const struct host_sysregs *before = &access->registers;
	bool a32 = field(before->spsr_el2, 4);
	bool el1 = !a32 && field(before->spsr_el2, 2);
	uint64_t vector = a32 ? 0x600 : !el1 ? 0x400 : field(before->spsr_el2, 0) ? 0x200 : 0;

	REQUIRE(host_sysregs.elr_el1 == before->elr_el2 &&
		host_sysregs.spsr_el1 == before->spsr_el2);
	REQUIRE(host_sysregs.elr_el2 == before->vbar_el1 + vector &&
		host_sysregs.far_el1 == before->far_el2);
	REQUIRE((host_sysregs.spsr_el2 & 0x3df) == 0x3c5); /* EL1h, AArch64, all masked */
	REQUIRE(host_sysregs.esr_el1 >> 26 == (el1 ? 0x25 : 0x24));
	REQUIRE((host_sysregs.esr_el1 & 0x3f) == 0x10 &&
		field(host_sysregs.esr_el1, 6) == field(access->esr, 6));
}

/* The next instruction of the guest. */
static void check_stepped(const struct access *access)
{
	const struct host_sysregs *before = &access->registers;
	struct host_sysregs after = host_sysregs;

	REQUIRE(after.elr_el2 == before->elr_el2 + (field(access->esr, 25) ? 4 : 2));
	if (!field(before->spsr_el2, 4))
		REQUIRE(after.spsr_el2 ==
			(before->spsr_el2 & ~(1ull << 21 | 3ull << 10))); /* SS, BTYPE */
	/* Only the IT state and SS of AArch32 move. */
	REQUIRE(((after.spsr_el2 ^ before->spsr_el2) & ~0x620fc00ull) == 0);
	after.elr_el2 = before->elr_el2;
	after.spsr_el2 = before->spsr_el2;
	REQUIRE(!memcmp(&after, before, sizeof(after)));
}

/* ---------------------------------------------------------------- the input */

/* At a region, or anywhere. */
static uint64_t some_ipa(struct input *input)
{
	uint32_t which = input_below(input, 8);
	uint64_t offset = input_take(input, 2);

	if (which < REGIONS)
		return regions[which].base + offset % (regions[which].size + 16) - 8;
	return which < 6 ? regions[which - REGIONS].base + offset : input_take(input, 6);
}

static void read_access(struct input *input, struct access *access)
{
	uint64_t esr = input_take(input, 4);
	uint64_t ipa = some_ipa(input) & 0xffffffffffff;

	if (input_below(input, 4)) /* mostly what devices are accessed by */
		esr = (esr & ~0xbcull) | 0x04;
	access->esr = (uint64_t)EC_DATA_ABORT << 26 | (esr & 0x3ffffff);
	if ((esr >> 22 & 3) == 3)
		access->esr |= 1 << 15; /* a doubleword has no W register */
	access->ipa = ipa;
	memset(&host_sysregs, 0, sizeof(host_sysregs));
	host_sysregs.hpfar_el2 = ipa >> 12 << 4 | (uint64_t)input_below(input, 2) << 63;
	host_sysregs.far_el2 = input_take(input, 2) << 12 | (ipa & 0xfff);
	host_sysregs.elr_el2 = input_take(input, 8);
	host_sysregs.spsr_el2 = input_take(input, 4);
	if (!field(host_sysregs.spsr_el2, 4))
		access->esr |= 1 << 25; /* IL: all instructions of AArch64 have 32 bits */
	host_sysregs.esr_el2 = access->esr;
	host_sysregs.vbar_el1 = input_take(input, 8) & ~0x7ffull;
	host_sysregs.sctlr_el1 = input_take(input, 8);
	host_sysregs.id_aa64mmfr1_el1 = input_take(input, 3);
	host_sysregs.id_aa64pfr1_el1 = input_take(input, 1);
	access->registers = host_sysregs;
	for (unsigned i = 0; i < 31; i++)
		access->before.x[i] = input_take(input, 1) * 0x9e3779b97f4a7c15;
	access->before.x[31] = 0;
	device.result = (enum mmio_result)input_below(input, 3);
	device.answer = input_take(input, 8);
	device.accesses = 0;
}

/* As vectors.S does it. */
static void abort_guest(struct guest_frame *frame, uint64_t esr)
{
	enum mmio_result result = MMIO_DONE;

	if (field(esr, 24))
		result = data_abort(&vcpu, esr, frame);
	else
		data_abort_without_syndrome(&vcpu, esr, frame);
	if (result != MMIO_DONE)
		data_abort_undo(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct guest_frame frame;
	struct access access;
	enum outcome outcome;

	host_vcpu = &vcpu;
	for (unsigned i = 0; i < REGIONS; i++)
		regions[i].device = &regions[i];
	read_access(&input, &access);
	outcome = expected(&access);
	frame = access.before;
	if (setjmp(killed)) {
		REQUIRE(outcome == KILLED && device.accesses == 0);
		return 0;
	}
	abort_guest(&frame, access.esr);
	REQUIRE(outcome != KILLED);
	REQUIRE(device.accesses == accesses_device(&access));
	if (device.accesses)
		check_access(&access, &frame);
	else
		REQUIRE(!memcmp(&frame, &access.before, sizeof(frame)));
	if (outcome == EMULATED)
		check_stepped(&access);
	else if (outcome == ABORTED)
		check_injected(&access);
	else
		REQUIRE(!memcmp(&host_sysregs, &access.registers, sizeof(host_sysregs)));
	return 0;
}
