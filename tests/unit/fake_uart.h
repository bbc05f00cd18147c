/* SPDX-License-Identifier: Apache-2.0 */
/* The console of two VMs over a UART that takes as much as a test says. The console's source is
 * part of the test, so each test starts from the state after boot. */
#ifndef PINION_FAKE_UART_H
#define PINION_FAKE_UART_H

#include "unit.h"

#include "console/terminal.c"

#include "console/drain.c"
#include "console/input.c"
#include "console/owner.c"
#include "report/print.h"
#include "report/reports.h"

#define NO_LIMIT UINT32_MAX

static struct {
	char out[1 << 16];
	uint32_t used;
	uint32_t room; /* characters that the hardware still takes */
	uint16_t in[4096];
	uint32_t in_head, in_tail;
	uint32_t mask;
	uint32_t acknowledged;
	uint64_t timer;    /* what EL2's is set to on the UART's pCPU */
	uint32_t kicks[2]; /* by VM */
	/* What another pCPU does when the interrupts are set, late in a pass; and after each
	 * character. */
	void (*meanwhile)(void);
	void (*on_put)(void);
} fake;

/* The table's object under its own name, but writable: a test chooses the number of VMs. */
extern struct system_config fake_system __asm__("system_config");
struct system_config fake_system;

static struct vm_shared vm_shared[2];
static struct vcpu_shared vcpu_shared[2];
static const struct vm_config vms[2];
static const struct vcpu_config vcpus[2] = {
	{.vm = &vms[0], .shared = &vcpu_shared[0]},
	{.vm = &vms[1], .shared = &vcpu_shared[1], .pcpu = 5},
};
static const struct vm_config vms[2] = {
	{.name = "linux",
		.shared = &vm_shared[0],
		.vcpus = &vcpus[0],
		.has_console = true,
		.vcpu_count = 1},
	{.name = "rt",
		.shared = &vm_shared[1],
		.vcpus = &vcpus[1],
		.has_console = true,
		.index = 1,
		.vcpu_count = 1},
};
/* What console_drain() does by itself on a pCPU of that VM. */
static inline void fake_mark(uint32_t vm)
{
	draining.marked |= 1u << vm;
}

/* The vCPU whose pCPU takes the UART's interrupt. */
static struct vcpu fake_vcpu = {.vm = &vms[1], .config = &vcpus[1]};

static void fake_init(const struct uart_config *config)
{
	(void)config;
}

static bool fake_put(const struct uart_config *config, char c)
{
	(void)config;
	if (fake.room == 0)
		return false;
	if (fake.room != NO_LIMIT)
		fake.room--;
	assert_in_range(fake.used, 0, sizeof(fake.out) - 2);
	fake.out[fake.used++] = c;
	fake.out[fake.used] = '\0';
	if (fake.on_put != NULL)
		fake.on_put();
	return true;
}

static bool fake_idle(const struct uart_config *config)
{
	(void)config;
	return true;
}

static int fake_get(const struct uart_config *config)
{
	(void)config;
	return fake.in_tail == fake.in_head ? -1 : fake.in[fake.in_tail++];
}

static void fake_interrupts(const struct uart_config *config, uint32_t mask)
{
	(void)config;
	fake.mask = mask;
	if (fake.meanwhile != NULL)
		fake.meanwhile();
}

static void fake_acknowledge(const struct uart_config *config)
{
	(void)config;
	fake.acknowledged++;
}

static const struct uart_driver fake_driver = {
	.init = fake_init,
	.put = fake_put,
	.idle = fake_idle,
	.get = fake_get,
	.interrupts = fake_interrupts,
	.acknowledge = fake_acknowledge,
};

static uint64_t host_counter; /* ms; a test moves it */

uint64_t arch_counter(void)
{
	return host_counter;
}

static uint64_t host_frequency = 1000;

uint64_t arch_counter_frequency(void)
{
	return host_frequency;
}

void arch_timer_set(uint64_t at)
{
	/* no other pCPU has the timer's interrupt enabled */
	assert_ptr_equal(host_vcpu, &fake_vcpu);
	fake.timer = at;
}

static bool host_comes = true; /* kicks reach their target */

bool arch_kick_reaches(const struct vcpu_config *target)
{
	(void)target;
	return host_comes;
}

void arch_kick(const struct vcpu_config *target)
{
	fake.kicks[target - vcpus]++;
}

static void fake_boot(uint32_t vm_count)
{
	memset(&fake, 0, sizeof(fake));
	fake.timer = TIMER_NEVER;
	memset(fake_vcpu.deadlines, 0, sizeof(fake_vcpu.deadlines));
	memset(&uart_lock, 0, sizeof(uart_lock));
	memset(&draining, 0, sizeof(draining));
	memset(&terminal, 0, sizeof(terminal));
	memset(&keyboard, 0, sizeof(keyboard));
	memset(vm_shared, 0, sizeof(vm_shared));
	memset(vcpu_shared, 0, sizeof(vcpu_shared));
	fake.room = NO_LIMIT;
	fake_system = (struct system_config){.vms = vms,
		.vcpus = vcpus,
		.vm_count = vm_count,
		.vcpu_count = vm_count,
		.uart = {.driver = &fake_driver, .vcpu = 1}};
	memset(console_of(CONSOLE_MONITOR), 0, sizeof(struct console));
	for (uint32_t i = 0; i < 2; i++)
		vm_shared[i].life = VM_LIFE(VM_RUNNING, VM_STOP_NONE, 1);
	host_vcpu = &fake_vcpu;
	console_init();
}

/* What a pCPU does for REQUEST_CONSOLE (trap/irq.c), but for the monitor. */
static inline void fake_work(void)
{
	report_lost();
	console_serve();
}

/* Characters arrive at the hardware. */
static inline void fake_type(const char *text)
{
	for (; *text != '\0'; text++)
		fake.in[fake.in_head++] = (uint8_t)*text;
}

#endif
