/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCG plugin that counts what EL2 does, exactly: instructions and exits of each CPU, and the same
 * for each operation of a guest that marks them, with the addresses at which its instructions lie.
 *
 * Plugins see no registers, so EL2 is told by physical address: an instruction is the hypervisor's
 * if it lies in its text. An exit begins at a vector. A guest, or a program in it, marks by hints
 * that do nothing else:
 *
 *     hint #64     the next operation; none was under way
 *     hint #65     from here on count for it, on all CPUs
 *     hint #66     no more, until resumed
 *
 * Operation 0 needs no mark: all before CPU 0's first instruction in a guest.
 *
 *     cc -O2 -shared -fPIC -o build/el2count.so tests/bench/el2count.c
 *     make run QEMU_ARGS='-d plugin -plugin
 * build/el2count.so,start=PA,end=PA,vectors=PA,ram=PA,out=FILE'
 *
 * start, end, vectors, ram (hexadecimal): the text, the vectors, and the start of RAM, where QEMU's
 * own boot code lies, which is the first instruction of all. out: where the result goes, `-d
 * plugin` otherwise. counters, counter_bytes (hexadecimal), if given: an array of 64-bit counters
 * in RAM, read when an operation begins. Lines of the result:
 *
 *     cpu C: exits N instructions N                      since reset, in the end
 *     operation K before cpu C: exits N instructions N   since reset, when it began
 *     operation K counters N N N ...                     as they were then
 *     operation K cpu C: exits N instructions N
 *     operation K at OFFSET: N                           instructions executed at this offset
 * (hexadecimal) in the text
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * QEMU's plugin interface, version 1 (QEMU, docs/devel/tcg-plugins.rst): Debian ships no header for
 * it.
 */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct qemu_info_t qemu_info_t;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*vcpu_cb)(unsigned cpu, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(
	struct qemu_plugin_insn *insn, vcpu_cb cb, enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(
	qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_atexit_cb(
	qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t id, void *data), void *data);
void qemu_plugin_outs(const char *text);

#define MAX_CPUS       64
#define MAX_OPERATIONS 128
#define VECTORS        16
#define HINT           0xd503201fu
#define HINT_MASK      0xfffff01fu
#define HINT_NUMBER(i) ((i) >> 5 & 0x7f)

enum { MARK_BEGIN = 64, MARK_RESUME, MARK_PAUSE };

extern int qemu_plugin_version;
int qemu_plugin_version = 1;
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

struct count {
	uint64_t exits, instructions;
};

static struct operation {
	struct count before[MAX_CPUS]; /* since reset, when it began */
	struct count cpus[MAX_CPUS];
	uint64_t *counters; /* when it began */
	uint32_t *at;       /* instructions by word of the text */
} operations[MAX_OPERATIONS];

static struct count total[MAX_CPUS];
static unsigned operation_count = 1;
static bool counting = true; /* for the last operation */
static uint64_t text_start, text_end, vectors, ram, counters, counter_bytes;
static const char *ram_host;
static FILE *out;

static struct operation *current(void)
{
	return &operations[operation_count - 1];
}

static void el2_instruction(unsigned index, void *data)
{
	unsigned cpu = index % MAX_CPUS;
	struct operation *operation = current();

	total[cpu].instructions++;
	if (!counting)
		return;
	operation->cpus[cpu].instructions++;
	if (!operation->at)
		operation->at = calloc((text_end - text_start) / 4, sizeof(*operation->at));
	operation->at[(uintptr_t)data]++;
}

static void el2_exit(unsigned index, void *data)
{
	unsigned cpu = index % MAX_CPUS;

	(void)data;
	total[cpu].exits++;
	if (counting)
		current()->cpus[cpu].exits++;
}

static void begin_operation(void)
{
	struct operation *operation;

	operation_count += operation_count < MAX_OPERATIONS;
	operation = current();
	memcpy(operation->before, total, sizeof(total));
	counting = false;
	if (!counter_bytes)
		return;
	operation->counters = realloc(operation->counters, counter_bytes);
	memcpy(operation->counters, ram_host + (counters - ram), counter_bytes);
}

static void mark(unsigned index, void *data)
{
	(void)index;
	switch ((uintptr_t)data) {
	case MARK_BEGIN:
		begin_operation();
		break;
	case MARK_RESUME:
		counting = true;
		break;
	case MARK_PAUSE:
		counting = false;
		break;
	}
}

/* An instruction of a guest, before the first mark. */
static void guest_instruction(unsigned index, void *data)
{
	(void)data;
	if (index == 0 && operation_count == 1 && total[0].instructions)
		counting = false;
}

static void guest_translated(struct qemu_plugin_insn *insn, bool first)
{
	uint32_t code;

	if (first && counting && operation_count == 1)
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, guest_instruction, QEMU_PLUGIN_CB_NO_REGS, NULL);
	if (qemu_plugin_insn_size(insn) != sizeof(code))
		return;
	memcpy(&code, qemu_plugin_insn_data(insn), sizeof(code));
	if ((code & HINT_MASK) == HINT && HINT_NUMBER(code) >= MARK_BEGIN &&
		HINT_NUMBER(code) <= MARK_PAUSE)
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, mark, QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)HINT_NUMBER(code));
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const char *host = qemu_plugin_insn_haddr(insn);
		uint64_t pa;

		if (!ram_host)
			ram_host = host;
		pa = ram + (uint64_t)(host - ram_host);
		if (pa < text_start || pa >= text_end) {
			guest_translated(insn, i == 0);
			continue;
		}
		if (pa >= vectors && pa < vectors + VECTORS * 128 && (pa - vectors) % 128 == 0)
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, el2_exit, QEMU_PLUGIN_CB_NO_REGS, NULL);
		qemu_plugin_register_vcpu_insn_exec_cb(insn, el2_instruction,
			QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)((pa - text_start) / 4));
	}
}

static void put(const char *line)
{
	if (out)
		fputs(line, out);
	else
		qemu_plugin_outs(line);
}

static void put_count(const char *what, unsigned cpu, const struct count *count)
{
	char line[128];

	if (!count->instructions)
		return;
	snprintf(line, sizeof(line), "%scpu %u: exits %" PRIu64 " instructions %" PRIu64 "\n", what,
		cpu, count->exits, count->instructions);
	put(line);
}

static void put_counters(unsigned k)
{
	char word[32];

	if (!operations[k].counters)
		return;
	snprintf(word, sizeof(word), "operation %u counters", k);
	put(word);
	for (uint64_t i = 0; i < counter_bytes / sizeof(uint64_t); i++) {
		snprintf(word, sizeof(word), " %" PRIu64, operations[k].counters[i]);
		put(word);
	}
	put("\n");
}

static void report(qemu_plugin_id_t id, void *data)
{
	char line[64];

	(void)id;
	(void)data;
	for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
		put_count("", cpu, &total[cpu]);
	for (unsigned k = 0; k < operation_count; k++) {
		snprintf(line, sizeof(line), "operation %u before ", k);
		for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
			put_count(line, cpu, &operations[k].before[cpu]);
		put_counters(k);
		snprintf(line, sizeof(line), "operation %u ", k);
		for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
			put_count(line, cpu, &operations[k].cpus[cpu]);
		for (uint64_t word = 0; operations[k].at && word < (text_end - text_start) / 4;
			word++) {
			if (!operations[k].at[word])
				continue;
			snprintf(line, sizeof(line), "operation %u at %" PRIx64 ": %" PRIu32 "\n",
				k, 4 * word, operations[k].at[word]);
			put(line);
		}
	}
	if (out)
		fclose(out);
}

static bool argument(const char *text)
{
	const char *value = strchr(text, '=');

	if (!value)
		return false;
	value++;
	if (!strncmp(text, "start=", 6))
		text_start = strtoull(value, NULL, 16);
	else if (!strncmp(text, "end=", 4))
		text_end = strtoull(value, NULL, 16);
	else if (!strncmp(text, "vectors=", 8))
		vectors = strtoull(value, NULL, 16);
	else if (!strncmp(text, "ram=", 4))
		ram = strtoull(value, NULL, 16);
	else if (!strncmp(text, "counters=", 9))
		counters = strtoull(value, NULL, 16);
	else if (!strncmp(text, "counter_bytes=", 14))
		counter_bytes = strtoull(value, NULL, 16);
	else if (!strncmp(text, "out=", 4))
		return (out = fopen(value, "w")) != NULL;
	else
		return false;
	return true;
}

__attribute__((visibility("default"))) int qemu_plugin_install(
	qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!argument(argv[i])) {
			fprintf(stderr, "el2count: what is %s?\n", argv[i]);
			return -1;
		}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
