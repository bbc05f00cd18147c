/* SPDX-License-Identifier: Apache-2.0 */
/* Two VMs write while the UART sends and receives: all of it comes out, in order, and nobody sleeps for ever. */
#include "unit.h"

#include <pthread.h>
#include <unistd.h>

#include "console.c"

#define LINES     4000
#define INPUT     20000
#define FIFO_SIZE 16u

/* A UART whose other end is a thread. Its transmit interrupt is raised by a crossing of the half, as a PL011's is. */
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
	{.name = "0", .shared = &vm_shared[0], .vcpus = &vcpus[0]},
	{.name = "1", .shared = &vm_shared[1], .vcpus = &vcpus[1]},
};
static struct vcpu uart_vcpu = {.vm = &vms[1]};
static char terminal[1 << 20];
static uint32_t terminal_used;
static _Atomic bool written[2], received;

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

static const struct uart_driver driver = {hw_init, hw_put, hw_get, hw_interrupts, hw_acknowledge};

/* The line at the other end of the UART, and the pCPU that takes its interrupt. */
static void *run_uart(void *argument)
{
	uint32_t typed = 0;

	(void)argument;
	host_vcpu = &uart_vcpu;
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
			hardware.rx[hardware.rx_used++] = (uint16_t)(typed++ & 0xfff);
		interrupt = (hardware.mask & UART_TRANSMIT && hardware.transmit_raised) ||
		            (hardware.mask & UART_RECEIVE && hardware.rx_used > 0);
		idle = hardware.tx_used == 0;
		pthread_mutex_unlock(&hardware.mutex);
		if (interrupt)
			console_uart_interrupt();
		else if (idle && written[0] && written[1] && received && console_tx_used(&vm_shared[0].console) == 0 &&
			 console_tx_used(&vm_shared[1].console) == 0)
			return NULL;
		else
			sched_yield();
	}
}

static void *write_lines(void *argument)
{
	unsigned vm = (unsigned)(uintptr_t)argument;
	struct console *console = &vm_shared[vm].console;

	for (unsigned i = 0; i < LINES; i++) {
		char line[64];

		snprintf(line, sizeof(line), "vm %u line %u\n", vm, i);
		for (const char *c = line; *c != '\0'; c++) {
			while (console_tx_used(console) == CONSOLE_TX_SIZE)
				sched_yield();
			console_put(console, (uint8_t)*c, false);
			console_drain();
		}
		/* Every other line is waited for, so that one that nobody sends is not sent by the next one's drain. */
		while (i % 2 && console_tx_used(console) > 0)
			sched_yield();
	}
	written[vm] = true;
	return NULL;
}

static void *read_input(void *argument)
{
	struct console *console = &vm_shared[0].console;
	uintptr_t wrong = 0;

	(void)argument;
	for (unsigned i = 0; i < INPUT; i++) {
		while (console_rx_used(console) == 0)
			sched_yield();
		wrong += console_peek(console, 0) != (i & 0xfff);
		console_remove(console);
		console_drain();
	}
	received = true;
	return (void *)wrong;
}

static void nothing_is_lost_or_mixed(void **state)
{
	pthread_t threads[4];
	void *wrong;
	unsigned next[2] = {0, 0};

	(void)state;
	fake_system = (struct system_config){.vms = vms, .vm_count = 2, .uart = {.driver = &driver}};
	console_init();
	alarm(60); /* a lost wake-up */
	pthread_create(&threads[0], NULL, run_uart, NULL);
	pthread_create(&threads[1], NULL, read_input, NULL);
	pthread_create(&threads[2], NULL, write_lines, (void *)0);
	pthread_create(&threads[3], NULL, write_lines, (void *)1);
	pthread_join(threads[3], NULL);
	pthread_join(threads[2], NULL);
	pthread_join(threads[1], &wrong);
	pthread_join(threads[0], NULL);
	alarm(0);
	assert_int_equal((uintptr_t)wrong, 0);

	for (char *line = strtok(terminal, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char expected[64];
		unsigned vm = line[0] == '1';

		snprintf(expected, sizeof(expected), "%u| vm %u line %u", vm, vm, next[vm]);
		assert_string_equal(line, expected);
		next[vm]++;
	}
	assert_int_equal(next[0], LINES);
	assert_int_equal(next[1], LINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_or_mixed),
	};

	return cmocka_run_group_tests_name("console_threads", tests, NULL, NULL);
}
