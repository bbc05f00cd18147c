/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two VMs and the hypervisor write while the UART sends and receives: all of it comes out, in
 * order, and nobody sleeps for ever.
 */
#include "unit.h"

#include <pthread.h>
#include <unistd.h>

#include "arch.h"
#include "console/drain.h"
#include "console/ring.h"
#include "cpu/vcpu.h"
#include "report/print.h"
#include "report/reports.h"
#include "uart/uart.h"
#include "vm/vm_shared.h"

#define LINES           4000
#define REPORTS_OF_A_VM 1000
#define INPUT           20000
#define FIFO_SIZE       16u

/*
 * A UART whose other end is a thread. Its transmit interrupt is raised by a crossing of the half,
 * as a PL011's is.
 */
static struct {
	pthread_mutex_t mutex;
	char tx[FIFO_SIZE];
	uint32_t tx_used;
	uint16_t rx[FIFO_SIZE];
	uint32_t rx_used;
	uint32_t mask;
	bool transmit_raised;
} hardware = {.mutex = PTHREAD_MUTEX_INITIALIZER};

extern struct system_config fake_system __asm__("system_config");
struct system_config fake_system;

static struct vm_shared vm_shared[2];
static struct vcpu_shared vcpu_shared[2];
static const struct vm_config vms[2];
static const struct vcpu_config vcpus[2] = {
	{.vm = &vms[0], .shared = &vcpu_shared[0]},
	{.vm = &vms[1], .shared = &vcpu_shared[1]},
};
static const struct vm_config vms[2] = {
	{.name = "0", .shared = &vm_shared[0], .vcpus = &vcpus[0], .has_console = true},
	{.name = "1", .index = 1, .shared = &vm_shared[1], .vcpus = &vcpus[1], .has_console = true},
};
static struct vcpu vcpu_states[2] = {
	{.vm = &vms[0], .config = &vcpus[0]}, {.vm = &vms[1], .config = &vcpus[1]}};
static struct vcpu other_vcpus[3] = {
	{.vm = &vms[0]}, {.vm = &vms[1]}, {.vm = &vms[1]}}; /* that report */
static char terminal[1 << 20];
static uint32_t terminal_used;
static unsigned reports_seen, notes_seen;
static _Atomic bool written[2], reported[2], noted, received;

uint64_t arch_counter(void)
{
	return 0;
}

uint64_t arch_counter_frequency(void)
{
	return 1000;
}

void arch_timer_set(uint64_t at)
{
	(void)at; /* whoever reads looks at the UART as well */
}

bool arch_kick_reaches(const struct vcpu_config *target)
{
	(void)target;
	return true;
}

void arch_kick(const struct vcpu_config *target)
{
	(void)target;
}

static void hw_init(const struct uart_config *config)
{
	(void)config;
}

static bool hw_put(const struct uart_config *config, char c)
{
	(void)config;
	pthread_mutex_lock(&hardware.mutex);
	bool room = hardware.tx_used < FIFO_SIZE;

	if (room)
		hardware.tx[hardware.tx_used++] = c;
	if (hardware.tx_used > FIFO_SIZE / 2)
		hardware.transmit_raised = false;
	pthread_mutex_unlock(&hardware.mutex);
	return room;
}

static bool hw_idle(const struct uart_config *config)
{
	(void)config;
	return true;
}

static int hw_get(const struct uart_config *config)
{
	int c = -1;

	(void)config;
	pthread_mutex_lock(&hardware.mutex);
	if (hardware.rx_used > 0) {
		c = hardware.rx[0];
		memmove(hardware.rx, hardware.rx + 1, sizeof(hardware.rx) - sizeof(hardware.rx[0]));
		hardware.rx_used--;
	}
	pthread_mutex_unlock(&hardware.mutex);
	return c;
}

static void hw_interrupts(const struct uart_config *config, uint32_t mask)
{
	(void)config;
	pthread_mutex_lock(&hardware.mutex);
	hardware.mask = mask;
	pthread_mutex_unlock(&hardware.mutex);
}

static void hw_acknowledge(const struct uart_config *config)
{
	(void)config;
	pthread_mutex_lock(&hardware.mutex);
	hardware.transmit_raised = false;
	pthread_mutex_unlock(&hardware.mutex);
}

static const struct uart_driver driver = {
	hw_init, hw_put, hw_idle, hw_get, hw_interrupts, hw_acknowledge};

/* What vCPU 0 of a VM does when it is asked. */
static void serve(unsigned vm)
{
	host_vcpu = &vcpu_states[vm];
	if (atomic_exchange_explicit(&vcpu_shared[vm].requests, 0, memory_order_acquire) &
		REQUEST_CONSOLE) {
		report_lost();
		console_serve();
	}
}

static bool all_is_out(void)
{
	for (unsigned i = 0; i < 2; i++)
		if (!written[i] || !reported[i] || console_tx_used(&vm_shared[i].console) > 0 ||
			output_ready(&vm_shared[i].reports.out) > 0)
			return false;
	return received && noted;
}

/* The line at the other end of the UART, and the pCPU that takes its interrupt. */
static void *run_uart(void *argument)
{
	uint32_t typed = 0;

	(void)argument;
	for (;;) {
		bool interrupt, idle;

		pthread_mutex_lock(&hardware.mutex);
		if (hardware.tx_used > 0) {
			terminal[terminal_used++] = hardware.tx[0];
			memmove(hardware.tx, hardware.tx + 1, sizeof(hardware.tx) - 1);
			if (--hardware.tx_used == FIFO_SIZE / 2)
				hardware.transmit_raised = true;
		}
		if (typed < INPUT && hardware.rx_used < FIFO_SIZE)
			hardware.rx[hardware.rx_used++] = (uint16_t)(typed++ & 0xfff) | 0x20;
		interrupt = (hardware.mask & UART_TRANSMIT && hardware.transmit_raised) ||
		            (hardware.mask & UART_RECEIVE && hardware.rx_used > 0);
		idle = hardware.tx_used == 0;
		pthread_mutex_unlock(&hardware.mutex);
		serve(1);
		if (written[0])
			serve(0);
		host_vcpu = &vcpu_states[1];
		if (interrupt)
			console_uart_interrupt();
		else if (idle && all_is_out())
			return NULL;
		else
			sched_yield();
	}
}

static void *write_lines(void *argument)
{
	unsigned vm = (unsigned)(uintptr_t)argument;
	struct console *console = &vm_shared[vm].console;

	host_vcpu = &vcpu_states[vm];
	for (unsigned i = 0; i < LINES; i++) {
		char line[64];

		snprintf(line, sizeof(line), "vm %u line %u\n", vm, i);
		for (const char *c = line; *c != '\0'; c++) {
			while (console_tx_used(console) == CONSOLE_TX_SIZE) {
				if (vm == 0)
					serve(0);
				sched_yield();
			}
			console_put(console, (uint8_t)*c, false);
			console_drain();
		}
		/*
		 * Every other line is waited for, so that one that nobody sends is not sent by the
		 * next one's drain.
		 */
		while (i % 2 && console_tx_used(console) > 0) {
			if (vm == 0)
				serve(0);
			sched_yield();
		}
	}
	written[vm] = true;
	return NULL;
}

static void *write_reports(void *argument)
{
	unsigned vm = (unsigned)(uintptr_t)argument;

	host_vcpu = &other_vcpus[vm];
	for (unsigned i = 0; i < REPORTS_OF_A_VM; i++) {
		/*
		 * the lock of a VM's reports covers `head`, so this reads what others of the VM
		 * would write
		 */
		while (output_ready(&vm_shared[vm].reports.out) > OUTPUT_HISTORY / 2)
			sched_yield();
		report_begin();
		print("report %u %u\n", vm, i);
		print("  more %u %u\n", vm, i);
		print("  end %u %u\n", vm, i);
		report_end();
	}
	reported[vm] = true;
	return NULL;
}

static void *read_input(void *argument)
{
	struct console *console = &vm_shared[0].console;
	uintptr_t wrong = 0;

	(void)argument;
	host_vcpu = &vcpu_states[0];
	for (unsigned i = 0; i < INPUT; i++) {
		while (console_rx_used(console) == 0)
			sched_yield();
		wrong += console_peek(console, 0) != ((i & 0xfff) | 0x20);
		console_remove(console);
		console_drain();
	}
	received = true;
	return (void *)wrong;
}

/* Another vCPU of the second VM has single lines to say. */
static void *write_notes(void *argument)
{
	(void)argument;
	host_vcpu = &other_vcpus[2];
	for (unsigned i = 0; i < REPORTS_OF_A_VM; i++) {
		while (output_ready(&vm_shared[1].reports.out) > OUTPUT_HISTORY / 2)
			sched_yield();
		print("note\n");
	}
	noted = true;
	return NULL;
}

/*
 * The lines of reports, with those of consoles left out, follow each other as if nobody else
 * reported.
 */
static void check_report_line(const char *line)
{
	static const char *const formats[] = {"report %u %u", "  more %u %u", "  end %u %u"};
	static unsigned next[2], part, vm;
	char expected[64];

	if (part == 0 && strcmp(line, "note") == 0) {
		notes_seen++;
		return;
	}
	if (part == 0)
		assert_int_equal(sscanf(line, "report %u", &vm), 1);
	assert_in_range(vm, 0, 1);
	snprintf(expected, sizeof(expected), formats[part], vm, next[vm]);
	assert_string_equal(line, expected);
	part = (part + 1) % 3;
	next[vm] += part == 0;
	reports_seen += part == 0;
}

static void nothing_is_lost_or_mixed(void **state)
{
	pthread_t threads[7];
	void *wrong;
	unsigned next[2] = {0, 0};

	(void)state;
	fake_system = (struct system_config){.vms = vms,
		.vcpus = vcpus,
		.vm_count = 2,
		.vcpu_count = 2,
		.uart = {.driver = &driver, .vcpu = 1}};
	vm_shared[0].life = vm_shared[1].life = VM_LIFE(VM_RUNNING, VM_STOP_NONE, 1);
	console_init();
	alarm(600); /* a lost wake-up */
	pthread_create(&threads[0], NULL, run_uart, NULL);
	pthread_create(&threads[1], NULL, read_input, NULL);
	pthread_create(&threads[2], NULL, write_lines, (void *)0);
	pthread_create(&threads[3], NULL, write_lines, (void *)1);
	pthread_create(&threads[4], NULL, write_reports, (void *)0);
	pthread_create(&threads[5], NULL, write_reports, (void *)1);
	pthread_create(&threads[6], NULL, write_notes, NULL);
	for (unsigned i = 2; i < 7; i++)
		pthread_join(threads[i], NULL);
	pthread_join(threads[1], &wrong);
	pthread_join(threads[0], NULL);
	alarm(0);
	assert_int_equal((uintptr_t)wrong, 0);

	for (char *line = strtok(terminal, "\r\n"); line != NULL; line = strtok(NULL, "\r\n")) {
		char expected[64];
		unsigned vm = line[0] == '1';

		if (line[1] != '|') {
			check_report_line(line);
			continue;
		}
		snprintf(expected, sizeof(expected), "%u| vm %u line %u", vm, vm, next[vm]);
		assert_string_equal(line, expected);
		next[vm]++;
	}
	assert_int_equal(next[0], LINES);
	assert_int_equal(next[1], LINES);
	assert_int_equal(reports_seen, 2 * REPORTS_OF_A_VM);
	assert_int_equal(notes_seen, REPORTS_OF_A_VM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_or_mixed),
	};

	return cmocka_run_group_tests_name("console_threads", tests, NULL, NULL);
}
