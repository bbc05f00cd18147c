/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCG plugin that counts what EL2 does, exactly: instructions and exits per CPU, and per kind of exit the number, the
 * least, the mean and the most instructions.
 *
 * Plugins see no registers, so EL2 is told by physical address: an instruction is the hypervisor's if it lies in its
 * text. An exit begins at a vector and ends with the next instruction that is not the hypervisor's. Its kind is the
 * last of the functions named on the command line that it enters, or the vector alone.
 *
 * The instructions of the shortest exit of each kind are printed as offsets from the start of the text.
 *
 *     cc -O2 -shared -fPIC -o build/el2count.so tests/bench/el2count.c
 *     make run QEMU_ARGS='-d plugin -plugin build/el2count.so,start=PA,end=PA,vectors=PA,ram=PA,kind=NAME:PA,...'
 *
 * arguments: start=PA end=PA vectors=PA ram=PA kind=NAME:PA...   (all hexadecimal; ram: the start of RAM, where QEMU's
 * own boot code lies, which is the first instruction of all)
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* QEMU's plugin interface, version 1 (QEMU, docs/devel/tcg-plugins.rst): Debian ships no header for it. */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct qemu_info_t qemu_info_t;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*vcpu_cb)(unsigned cpu, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(
	struct qemu_plugin_insn *insn, vcpu_cb cb, enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_cb(
	struct qemu_plugin_tb *tb, vcpu_cb cb, enum qemu_plugin_cb_flags flags, void *data);
void qemu_plugin_register_vcpu_tb_trans_cb(
	qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t id, void *data), void *data);
void qemu_plugin_outs(const char *text);

#define MAX_CPUS  64
#define MAX_KINDS 64
#define VECTORS   16
#define TRACE     1024 /* instructions of an exit that are kept; later ones are not traced */

extern int qemu_plugin_version;
int qemu_plugin_version = 1;
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

struct kind {
	char name[48];
	uint64_t address;
	uint64_t exits, total, least, most;
	uint32_t trace[TRACE]; /* of the shortest exit: offsets from the start of the text */
};

static struct cpu {
	uint64_t instructions, exits;
	uint64_t current; /* instructions of the exit under way */
	int kind;         /* index into kinds; -1: no exit is under way */
	bool inside;
	uint32_t trace[TRACE];
} cpus[MAX_CPUS];

static const char *const vector_names[VECTORS] = {"EL2t sync", "EL2t irq", "EL2t fiq", "EL2t serror", "EL2 sync",
	"EL2 irq", "EL2 fiq", "EL2 serror", "sync", "irq", "fiq", "serror", "a32 sync", "a32 irq", "a32 fiq",
	"a32 serror"};
static struct kind kinds[VECTORS + MAX_KINDS];
static int kind_count = VECTORS;
static uint64_t text_start, text_end, vectors, ram;
static const char *ram_host;

static void end_exit(struct cpu *cpu)
{
	struct kind *kind = &kinds[cpu->kind];

	kind->exits++;
	kind->total += cpu->current;
	if (cpu->current > kind->most)
		kind->most = cpu->current;
	if (!kind->least || cpu->current < kind->least) {
		kind->least = cpu->current;
		memcpy(kind->trace, cpu->trace, sizeof(kind->trace));
	}
	cpu->kind = -1;
}

static void el2_instruction(unsigned index, void *data)
{
	struct cpu *cpu = &cpus[index % MAX_CPUS];

	if (cpu->current < TRACE)
		cpu->trace[cpu->current] = (uint32_t)(uintptr_t)data;
	cpu->instructions++;
	cpu->current++;
	cpu->inside = true;
}

/* The first instruction of vector or function `data`, before el2_instruction() for it. */
static void el2_entry(unsigned index, void *data)
{
	struct cpu *cpu = &cpus[index % MAX_CPUS];
	int kind = (int)(intptr_t)data;

	if (kind >= VECTORS) {
		if (cpu->kind >= 0)
			cpu->kind = kind;
		return;
	}
	cpu->exits++;
	cpu->current = 0;
	cpu->kind = kind;
}

static void guest_block(unsigned index, void *data)
{
	struct cpu *cpu = &cpus[index % MAX_CPUS];

	(void)data;
	if (cpu->inside && cpu->kind >= 0)
		end_exit(cpu);
	cpu->inside = false;
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
			if (i == 0)
				qemu_plugin_register_vcpu_tb_exec_cb(tb, guest_block, QEMU_PLUGIN_CB_NO_REGS, NULL);
			continue;
		}
		if (pa >= vectors && pa < vectors + VECTORS * 128 && (pa - vectors) % 128 == 0)
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, el2_entry, QEMU_PLUGIN_CB_NO_REGS, (void *)(intptr_t)((pa - vectors) / 128));
		for (int kind = VECTORS; kind < kind_count; kind++)
			if (kinds[kind].address == pa)
				qemu_plugin_register_vcpu_insn_exec_cb(
					insn, el2_entry, QEMU_PLUGIN_CB_NO_REGS, (void *)(intptr_t)kind);
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, el2_instruction, QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)(pa - text_start));
	}
}

static void print_trace(const struct kind *kind)
{
	char text[16];

	qemu_plugin_outs("el2count trace ");
	qemu_plugin_outs(kind->name);
	for (uint64_t i = 0; i < kind->least && i < TRACE; i++) {
		snprintf(text, sizeof(text), " %" PRIx32, kind->trace[i]);
		qemu_plugin_outs(text);
	}
	qemu_plugin_outs("\n");
}

static void report(qemu_plugin_id_t id, void *data)
{
	char line[256];

	(void)id;
	(void)data;
	for (int i = 0; i < MAX_CPUS; i++)
		if (cpus[i].instructions) {
			snprintf(line, sizeof(line), "el2count cpu %d: exits %" PRIu64 " instructions %" PRIu64 "\n", i,
				cpus[i].exits, cpus[i].instructions);
			qemu_plugin_outs(line);
		}
	for (int i = 0; i < kind_count; i++)
		if (kinds[i].exits) {
			snprintf(line, sizeof(line),
				"el2count kind %s: exits %" PRIu64 " least %" PRIu64 " mean %" PRIu64 " most %" PRIu64
				"\n",
				kinds[i].name, kinds[i].exits, kinds[i].least, kinds[i].total / kinds[i].exits,
				kinds[i].most);
			qemu_plugin_outs(line);
			print_trace(&kinds[i]);
		}
}

static bool argument(const char *text)
{
	const char *value = strchr(text, '=');
	const char *colon;

	if (!value)
		return false;
	value++;
	if (!strncmp(text, "start=", 6)) {
		text_start = strtoull(value, NULL, 16);
	} else if (!strncmp(text, "end=", 4)) {
		text_end = strtoull(value, NULL, 16);
	} else if (!strncmp(text, "vectors=", 8)) {
		vectors = strtoull(value, NULL, 16);
	} else if (!strncmp(text, "ram=", 4)) {
		ram = strtoull(value, NULL, 16);
	} else if (!strncmp(text, "kind=", 5) && (colon = strchr(value, ':')) && kind_count < VECTORS + MAX_KINDS) {
		snprintf(kinds[kind_count].name, sizeof(kinds[0].name), "%.*s", (int)(colon - value), value);
		kinds[kind_count++].address = strtoull(colon + 1, NULL, 16);
	} else {
		return false;
	}
	return true;
}

__attribute__((visibility("default"))) int qemu_plugin_install(
	qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < VECTORS; i++)
		snprintf(kinds[i].name, sizeof(kinds[i].name), "%s", vector_names[i]);
	for (int i = 0; i < MAX_CPUS; i++)
		cpus[i].kind = -1;
	for (int i = 0; i < argc; i++)
		if (!argument(argv[i])) {
			fprintf(stderr, "el2count: what is %s?\n", argv[i]);
			return -1;
		}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
