// SPDX-License-Identifier: Apache-2.0
/* CPUs that sleep and log the interrupts that they take. */
#include "listener.h"

#include "gic.h"
#include "test.h"

static _Atomic uint32_t listening;
static _Atomic bool stop;

static void listen(struct cpu *cpu)
{
	for (uint32_t i = 0; i < LISTENER_SGIS; i++)
		gic_prepare(cpu, i);
	listening++;
	while (!stop) {
		wfi();
		irq_enable();
		irq_disable();
	}
}

bool listeners_start(void)
{
	bool started = true;

	listening = 0;
	stop = false;
	for (uint32_t i = 1; i < cpu_count; i++)
		started = cpu_start(i, listen, 0) && started;
	return check(started && WAIT_FOR(listening == cpu_count - 1, LONG),
		"all CPUs are on and listen");
}

void listeners_stop(void)
{
	bool off = true;

	stop = true;
	for (uint32_t i = 1; i < cpu_count; i++) {
		gic_sgi(&cpus[i], 0);
		off = cpu_wait_off(i) && off;
	}
	check(off, "all CPUs are off again");
}

void listeners_forget(void)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		gic_forget(&cpus[i]);
}

uint32_t listeners_total(void)
{
	uint32_t total = 0;

	for (uint32_t i = 0; i < cpu_count; i++)
		total += cpus[i].log_count;
	return total;
}

bool listeners_wait(uint32_t count, uint32_t ms)
{
	irq_enable();
	bool arrived = WAIT_FOR(listeners_total() >= count, ms);

	irq_disable();
	return arrived;
}

bool listeners_heard(const struct cpu *cpu, uint32_t intid, uint32_t count)
{
	bool right = listeners_wait(count, LONG);

	listeners_wait(count + 1, 1); /* one too many would come now */
	right = right && listeners_total() == count && cpu->log_count == count;
	for (uint32_t i = 0; right && i < count; i++)
		right = cpu->log[i % LOG_SIZE] == intid;
	listeners_forget();
	return right;
}
