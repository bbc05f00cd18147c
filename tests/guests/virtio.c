// SPDX-License-Identifier: Apache-2.0
/*
 * A virtio disk over MMIO (virtio 1.2, 4.2 and 5.2), by a driver of our own: requests of every
 * shape, from all CPUs, with interrupts to each of them, resets at any moment, and mistakes.
 */
#include "virtio.h"
#include "cpu.h"
#include "fdt.h"
#include "gic.h"
#include "listener.h"
#include "print.h"
#include "string.h"
#include "test.h"

const char test_name[] = "virtio";

enum { T_IN, T_OUT, T_FLUSH = 4, T_GET_ID = 8 };
enum { S_OK, S_IOERR, S_UNSUPP, S_NONE = 0xee };

#define F_RO        (1ull << 5)
#define F_INDIRECT_ (1ull << 28)
#define F_EVENT_IDX (1ull << 29)
#define F_VERSION_1 (1ull << 32)

enum { QUEUE_SIZE = 128, SECTOR = 512, BUFFER = 256 << 10, OWN = 64 << 10 /* bytes of each CPU */ };

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

static struct desc ring[QUEUE_SIZE] __attribute__((aligned(16)));
static struct {
	uint16_t flags;
	_Atomic uint16_t idx;
	uint16_t ring[QUEUE_SIZE];
	_Atomic uint16_t used_event;
} avail __attribute__((aligned(16)));
static struct {
	uint16_t flags;
	_Atomic uint16_t idx;
	struct {
		uint32_t id, len;
	} ring[QUEUE_SIZE];
	_Atomic uint16_t avail_event;
} used __attribute__((aligned(16)));
static struct desc table[QUEUE_SIZE] __attribute__((aligned(16)));

struct header {
	uint32_t type, reserved;
	uint64_t sector;
};

static struct header headers[MAX_CPUS];
static volatile uint8_t statuses[MAX_CPUS];
static uint8_t buffer[BUFFER], back[BUFFER];

struct disk {
	uint64_t base;
	uint32_t intid;
	uint64_t features;
	uint64_t sectors;
};

static struct disk disk, read_only;
static uint64_t base; /* of the disk in use */
static _Atomic uint32_t driver_lock;
static struct cpu *self;

static uint64_t offered(uint64_t at)
{
	uint64_t features;

	write32(at + DEVICE_FEATURES_SEL, 0);
	features = read32(at + DEVICE_FEATURES);
	write32(at + DEVICE_FEATURES_SEL, 1);
	return features | (uint64_t)read32(at + DEVICE_FEATURES) << 32;
}

/* The first disk that can be written, and the first that cannot. */
static void find_disks(void)
{
	for (struct fdt_node node = fdt_first(); node.found; node = fdt_next(node)) {
		uint64_t at, size;

		if (!fdt_property_is(node, "compatible", "virtio,mmio") ||
			!fdt_reg(node, 0, &at, &size))
			continue;
		if (read32(at + MAGIC_VALUE) != 0x74726976 || read32(at + VERSION) != 2 ||
			read32(at + DEVICE_ID) != 2)
			continue;

		struct disk *found = offered(at) & F_RO ? &read_only : &disk;

		if (!found->base)
			*found = (struct disk){at, fdt_intid(node, 0), offered(at),
				read32(at + CONFIG) | (uint64_t)read32(at + CONFIG + 4) << 32};
	}
}

static void write_address(uint64_t offset, const void *address)
{
	write32(base + offset, (uint32_t)(uint64_t)address);
	write32(base + offset + 4, (uint32_t)((uint64_t)address >> 32));
}

/* Reset, negotiation, queue. False: the features were refused. */
static bool begin(const struct disk *which, uint64_t features)
{
	base = which->base;
	write32(base + STATUS, 0);
	while (read32(base + STATUS))
		relax();
	write32(base + STATUS, ACKNOWLEDGE | DRIVER);
	for (uint32_t i = 0; i < 2; i++) {
		write32(base + DRIVER_FEATURES_SEL, i);
		write32(base + DRIVER_FEATURES, (uint32_t)(features >> 32 * i));
	}
	write32(base + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	if (!(read32(base + STATUS) & FEATURES_OK))
		return false;
	memset(&avail, 0, sizeof(avail));
	memset(&used, 0, sizeof(used));
	write32(base + QUEUE_SEL, 0);
	write32(base + QUEUE_NUM, QUEUE_SIZE);
	write_address(QUEUE_DESC, ring);
	write_address(QUEUE_DRIVER, &avail);
	write_address(QUEUE_DEVICE, &used);
	dsb();
	write32(base + QUEUE_READY, 1);
	write32(base + STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
	return true;
}

static void set(struct desc *desc, const volatile void *address, uint32_t length, uint16_t flags,
	uint16_t next)
{
	*desc = (struct desc){(uint64_t)address, length, flags, next};
}

/* Makes the chain from descriptor `head` on available. Returns its position in the ring. */
static uint16_t offer(uint16_t head)
{
	uint16_t position = avail.idx;

	avail.ring[position % QUEUE_SIZE] = head;
	avail.idx = position + 1; /* sequentially consistent */
	return position;
}

static void notify(void)
{
	dsb();
	write32(base + QUEUE_NOTIFY, 0);
}

/* The device takes chains in their order. */
static bool is_used(uint16_t position)
{
	return (int16_t)(used.idx - position) > 0;
}

/* A request's chain from descriptor `first` of `descs` on: header `n`, data in descriptors of
 * `piece` bytes each, status `n`. */
static void chain(struct desc *descs, uint16_t first, uint32_t n, uint32_t type, uint64_t sector,
	void *data, uint32_t size, uint32_t piece)
{
	uint16_t at = first;

	headers[n] = (struct header){type, 0, sector};
	statuses[n] = S_NONE;
	set(&descs[at], &headers[n], sizeof(headers[n]), F_NEXT, (uint16_t)(at + 1));
	for (uint32_t done = 0; done < size; done += piece) {
		uint32_t length = size - done < piece ? size - done : piece;

		at++;
		set(&descs[at], (uint8_t *)data + done, length,
			(uint16_t)(F_NEXT | (type == T_OUT ? 0 : F_WRITE)), (uint16_t)(at + 1));
	}
	at++;
	set(&descs[at], &statuses[n], 1, F_WRITE, 0);
}

/* One request from beginning to end: its status. */
static uint8_t request(uint32_t type, uint64_t sector, void *data, uint32_t size, uint32_t piece)
{
	uint16_t position;

	chain(ring, 0, 0, type, sector, data, size, piece);
	position = offer(0);
	notify();
	WAIT_FOR(is_used(position), LONG);
	return is_used(position) ? statuses[0] : S_NONE;
}

static void fill(uint8_t *bytes, uint32_t size, uint32_t seed)
{
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(seed + i * 13 + i / SECTOR);
}

static void requests(void)
{
	static const uint32_t pieces[] = {BUFFER, 4096, 32768, 5 * SECTOR, 4095, 100000};
	char id[21] = "";

	for (uint32_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		fill(buffer, BUFFER, i);
		memset(back, 0, BUFFER);
		check(request(T_OUT, i, buffer, BUFFER, pieces[i]) == S_OK &&
				request(T_FLUSH, 0, 0, 0, 1) == S_OK &&
				request(T_IN, i, back, BUFFER, 8191) == S_OK &&
				memcmp(buffer, back, BUFFER) == 0,
			"256 KiB written and read back, in pieces of %u bytes", pieces[i]);
	}
	check_equal(used.ring[(uint16_t)(used.idx - 1) % QUEUE_SIZE].len, BUFFER + 1,
		"used.len counts data and status");
	check_equal(request(T_IN, disk.sectors, back, SECTOR, SECTOR), S_IOERR,
		"behind the end: IOERR");
	check_equal(request(T_IN, disk.sectors - 1, back, 2 * SECTOR, SECTOR), S_IOERR,
		"over the end: IOERR");
	check_equal(request(T_IN, ~0ull, back, SECTOR, SECTOR), S_IOERR, "sector 2^64 - 1: IOERR");
	check_equal(request(T_OUT, 0, back, 100, 100), S_IOERR, "no whole sector: IOERR");
	check_equal(request(99, 0, back, SECTOR, SECTOR), S_UNSUPP, "unknown type: UNSUPP");
	check(request(T_GET_ID, 0, id, 20, 20) == S_OK && strcmp(id, "pinion test") == 0,
		"GET_ID says %s", id);
	check(!(read32(base + STATUS) & NEEDS_RESET), "the device is well");
}

static void indirect(void)
{
	bool right = begin(&disk, F_VERSION_1 | F_INDIRECT_);

	for (uint32_t i = 0; right && i < 4; i++) {
		uint16_t position;

		fill(buffer, OWN, 77 + i);
		chain(table, 0, 0, T_OUT, 8 * i, buffer, OWN, 1024);
		set(&ring[5], table, sizeof(table), F_INDIRECT, 0);
		position = offer(5);
		notify();
		right = WAIT_FOR(is_used(position), LONG) && statuses[0] == S_OK;
		memset(back, 0, OWN);
		chain(table, 0, 0, T_IN, 8 * i, back, OWN, 2048);
		if (on_plain) { /* QEMU knows no descriptors in front of an indirect one */
			position = offer(5);
		} else {
			/* the header in the ring, the rest in the table */
			set(&ring[9], &headers[0], sizeof(headers[0]), F_NEXT, 3);
			set(&ring[3], &table[1], 33 * sizeof(table[0]), F_INDIRECT, 0);
			for (uint32_t j = 1; j < 33; j++)
				table[j].next--;
			position = offer(9);
		}
		notify();
		right = right && WAIT_FOR(is_used(position), LONG) && statuses[0] == S_OK &&
		        memcmp(buffer, back, OWN) == 0;
	}
	check(right, "indirect descriptors, behind others too");
}

static _Atomic uint32_t acknowledged;

static void acknowledge(struct cpu *cpu, uint32_t intid)
{
	(void)cpu;
	if (intid < 32)
		return;
	write32(base + INTERRUPT_ACK, read32(base + INTERRUPT_STATUS));
	acknowledged++;
}

/* Flushes one request, which is to be followed by `count` interrupts at `cpu`. */
static bool interrupts_at(const struct cpu *cpu, uint32_t count)
{
	acknowledged = 0;
	if (request(T_FLUSH, 0, 0, 0, 1) != S_OK)
		return false;
	if (count) /* until the level is down, or the next would be part of this one */
		return listeners_heard(cpu, disk.intid, count) &&
		       WAIT_FOR(acknowledged >= count, LONG);
	return !listeners_wait(1, 1);
}

static void interrupts(void)
{
	uint32_t rounds = 0;

	begin(&disk, F_VERSION_1);
	gic_prepare(self, disk.intid);
	gic_set_edge(self, disk.intid, false);
	for (uint32_t i = 0; i < cpu_count; i++)
		cpus[i].on_irq = acknowledge;
	for (uint32_t i = 0; i < cpu_count; i++) {
		gic_route(disk.intid, cpus[i].mpidr);
		check(interrupts_at(&cpus[i], 1),
			"routed to CPU %u, the interrupt arrives there, once", i);
	}
	if (on_plain) { /* QEMU completes requests, and raises its line, while the CPUs go on */
		skip("300 requests, each with its interrupt at another CPU");
		return;
	}
	for (; rounds < 300; rounds++) {
		gic_route(disk.intid, cpus[rounds % cpu_count].mpidr);
		if (!interrupts_at(&cpus[rounds % cpu_count], 1))
			break;
	}
	check_equal(rounds, 300, "300 requests, each with its interrupt at another CPU");
	avail.flags = 1;
	check(interrupts_at(self, 0), "VIRTQ_AVAIL_F_NO_INTERRUPT: none");
	avail.flags = 0;

	begin(&disk, F_VERSION_1 | F_EVENT_IDX);
	gic_route(disk.intid, self->mpidr);
	check(interrupts_at(self, 1), "event index: 0 is the first");
	avail.used_event = 4;
	check(interrupts_at(self, 0) && interrupts_at(self, 0) && interrupts_at(self, 0) &&
			interrupts_at(self, 1) && interrupts_at(self, 0),
		"event index: an interrupt for the request that was asked for alone");
	check_equal(used.avail_event, avail.idx,
		"event index: the device wants to know of the next one");
	gic_write(self, GICD_ICENABLER, disk.intid);
	for (uint32_t i = 0; i < cpu_count; i++)
		cpus[i].on_irq = NULL;
	listeners_forget();
}

static void lock(void)
{
	while (__atomic_exchange_n((uint32_t *)&driver_lock, 1, __ATOMIC_ACQUIRE))
		relax();
}

static void unlock(void)
{
	__atomic_store_n((uint32_t *)&driver_lock, 0, __ATOMIC_RELEASE);
}

/* True once the chain from `head` is in the used ring, looked for from `*from` on. */
static bool came_back(uint16_t head, uint16_t *from)
{
	for (; *from != used.idx; ++*from)
		if (used.ring[*from % QUEUE_SIZE].id == head)
			return true;
	return false;
}

static uint8_t own_request(uint32_t n, uint32_t type, void *data)
{
	uint16_t head = (uint16_t)(n * 16), from = used.idx;

	lock();
	chain(ring, head, n, type, n * OWN / SECTOR, data, OWN / 2, 4096);
	offer(head);
	unlock();
	notify();
	return WAIT_FOR(came_back(head, &from), LONG) ? statuses[n] : S_NONE;
}

static uint32_t rounds_at_once; /* fewer with many CPUs, for hosts that have few */
static _Atomic uint32_t good[MAX_CPUS];

/* A CPU's own part of the disk, written and read back. */
static void use_own(struct cpu *cpu)
{
	uint32_t n = cpu->index;
	uint8_t *out = &buffer[n * OWN / 2], *in = &back[n * OWN / 2];

	for (uint32_t i = 0; i < rounds_at_once; i++) {
		fill(out, OWN / 2, n * 50 + i);
		memset(in, 0, OWN / 2);
		if (own_request(n, T_OUT, out) != S_OK || own_request(n, T_IN, in) != S_OK ||
			memcmp(out, in, OWN / 2) != 0)
			return;
		good[n]++;
	}
}

static void all_at_once(void)
{
	begin(&disk, F_VERSION_1 | F_INDIRECT_);
	rounds_at_once = 400 / (cpu_count * cpu_count);
	for (uint32_t i = 1; i < cpu_count; i++)
		cpu_start(i, use_own, 0);
	use_own(self);
	for (uint32_t i = 0; i < cpu_count; i++) {
		check(WAIT_FOR(good[i] == rounds_at_once, LONG),
			"CPU %u: its part of the disk is right %u times", i, rounds_at_once);
		if (i)
			cpu_wait_off(i);
	}
}

static _Atomic uint32_t reset_now, resets_done;

enum { RESETS = 100, RESETS_MAX = 1000, NO_MORE = RESETS_MAX + 1 };
enum { AT_ONCE = 16 }; /* 4 MiB: the other CPU gets a turn of the host meanwhile, as a rule */

/* The first byte that is read is there: the device has begun. */
static bool has_begun(void)
{
	return *(volatile uint8_t *)back == buffer[0];
}

/* Resets the device when it is told to: a write after a time that always differs, reads once they
 * are under way. */
static void resetter(struct cpu *cpu)
{
	(void)cpu;
	for (uint32_t round = 1;; round++) {
		uint64_t until;

		while (reset_now < round)
			relax();
		if (reset_now == NO_MORE)
			return;
		until = now() + (uint64_t)round * 61 % 97 * 30;
		while (round % 2 && now() < until)
			relax();
		if (round % 2 == 0)
			WAIT_FOR(has_begun(), LONG);
		write32(base + STATUS, 0);
		while (read32(base + STATUS))
			relax();
		resets_done = round;
	}
}

static void reset_in_the_middle(void)
{
	uint32_t early = 0, round = 1;
	bool right = true;

	cpu_start(1, resetter, 0);
	/* The host may give the other CPU no turn in time, so there are more than a hundred tries
	 * if none has come early. */
	for (; right && (round <= RESETS || (!early && !on_plain && round <= RESETS_MAX));
		round++) {
		bool reads = round % 2 == 0;
		uint16_t requests = reads && !on_plain ? AT_ONCE : 1;

		right = begin(&disk, F_VERSION_1);
		if (reads) /* what the round before wrote */
			back[0] = (uint8_t)~buffer[0];
		else
			fill(buffer, BUFFER, round);
		chain(ring, 0, 0, reads ? T_IN : T_OUT, 0, reads ? back : buffer, BUFFER, 4096);
		for (uint16_t i = 0; i < requests; i++)
			offer(0);
		reset_now = round;
		notify();
		right = right && WAIT_FOR(resets_done == round, LONG);
		early += reads && has_begun() && used.idx < requests;
		right = right && begin(&disk, F_VERSION_1) &&
		        request(T_OUT, 0, buffer, BUFFER, BUFFER) == S_OK &&
		        request(T_IN, 0, back, BUFFER, BUFFER) == S_OK &&
		        memcmp(buffer, back, BUFFER) == 0;
	}
	reset_now = NO_MORE; /* lets the other one end in any case */
	check(right, "100 resets by another CPU, and all is well after each");
	print("# %u of %u while reads were under way\n", early, round - 1);
	if (on_plain) /* QEMU reads all at once */
		skip("some of them while requests are under way");
	else
		check(early > 0, "some of them while requests are under way");
	check(cpu_wait_off(1), "the other CPU is off");
}

/* Each mistake is one descriptor or two that no driver may make. */
static void mistakes(void)
{
	static const struct {
		const char *what;
		struct desc first, second;
	} wrong[] = {
		{"a buffer outside the RAM", {0x1000, 16, F_NEXT, 1}, {0, 0, 0, 0}},
		{"a buffer at the end of the address space", {~0ull - 15, 32, F_NEXT, 1},
			{0, 0, 0, 0}},
		{"a chain that is a loop", {0, 0, F_NEXT, 0}, {0, 0, 0, 0}},
		{"a chain that leaves the table", {0, 0, F_NEXT, QUEUE_SIZE}, {0, 0, 0, 0}},
		{"a readable buffer behind a writable one", {0, 0, F_NEXT | F_WRITE, 1},
			{0, 0, 0, 0}},
		{"an indirect table outside the RAM", {0x1000, 16, F_INDIRECT, 0}, {0, 0, 0, 0}},
		{"an indirect table of half a descriptor", {0x1000, 24, F_INDIRECT, 0},
			{0, 0, 0, 0}},
		{"no header and no status", {0, 0, 0, 0}, {0, 0, 0, 0}},
	};

	for (uint32_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		begin(&disk, F_VERSION_1 | F_INDIRECT_);
		ring[0] = wrong[i].first;
		ring[1] = wrong[i].second;
		offer(0);
		notify();
		check(read32(base + STATUS) & NEEDS_RESET && read32(base + INTERRUPT_STATUS) == 2 &&
				used.idx == 0,
			"%s: DEVICE_NEEDS_RESET", wrong[i].what);
	}
	begin(&disk, F_VERSION_1);
	avail.idx = QUEUE_SIZE + 1;
	notify();
	check(read32(base + STATUS) & NEEDS_RESET,
		"more chains than the queue has room for: DEVICE_NEEDS_RESET");
	check(!begin(&disk, 0), "a driver without VIRTIO_F_VERSION_1 is refused");
	check(!begin(&disk, F_VERSION_1 | F_RO), "a feature that was not offered is refused");
	check(EXPECT(read8(base + STATUS)).taken && EXPECT(read64(base + CONFIG)).taken &&
			EXPECT(write16(base + STATUS, 1)).taken,
		"an access of another size than the register's is an abort");
	begin(&disk, F_VERSION_1);
	check_equal(request(T_FLUSH, 0, 0, 0, 1), S_OK, "after all that, it works");
}

static void not_to_be_written(void)
{
	if (!check(begin(&read_only, F_VERSION_1 | F_RO), "read-only disk: there is one"))
		return;
	memset(back, 0, BUFFER);
	check_equal(request(T_IN, 0, buffer, BUFFER, 4096), S_OK, "read-only disk: read");
	check_equal(request(T_OUT, 0, back, BUFFER, 4096), S_IOERR,
		"read-only disk: a write is an IOERR");
	check(request(T_IN, 0, back, BUFFER, 4096) == S_OK && memcmp(buffer, back, BUFFER) == 0 &&
			back[1024 + 0x38] == 0x53,
		"read-only disk: it is as it was, a file system of Linux");
}

void test_main(void)
{
	self = this_cpu();
	find_disks();
	if (!check(disk.base != 0, "there is a disk"))
		return;
	print("# at 0x%lx, INTID %u, %lu sectors, features 0x%lx\n", disk.base, disk.intid,
		disk.sectors, disk.features);
	check_equal(disk.sectors, (2 << 20) / SECTOR, "it is one of 2 MiB");
	begin(&disk, F_VERSION_1);
	requests();
	indirect();
	if (listeners_start()) {
		interrupts();
		listeners_stop();
	}
	all_at_once();
	if (cpu_count > 1)
		reset_in_the_middle();
	if (on_plain) {
		skip("mistakes, and a disk that is read-only");
		return;
	}
	mistakes();
	not_to_be_written();
}
