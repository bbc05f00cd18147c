/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated PL011 with the console behind it: a guest that accesses any register in any way, a
 * terminal that types, a UART that takes as much as it likes. Each operation is one byte and what
 * it needs.
 */
#include "fake_uart.h"

#include "device/pl011.h"
#include "fuzz.h"
#include "uart/pl011_registers.h"

enum { INTID = 33, FIFO = 16, REGION = 0x1000 };

/* The most that one operation may send: what all rings hold, with the names before the lines. */
#define MOST_SENT (8 * CONSOLE_TX_SIZE)

static struct pl011 device;
static const struct pl011_config config = {
	.state = &device, .irq = {.vm = &vms[0], .intid = INTID, .level = &device.line}};
static struct vcpu linux_vcpu = {.vm = &vms[0], .config = &vcpus[0]};
static struct console *const ring = &vm_shared[0].console;
static bool line;

void arch_set_interrupt_line(const struct vm_config *vm, uint32_t intid, bool level)
{
	REQUIRE(vm == &vms[0] && intid == INTID && level != line);
	REQUIRE(!lock_try(&device.lock));
	line = level;
}

static void take_lock(struct lock *lock)
{
	REQUIRE(lock_try(lock));
	lock_release(lock);
}

/* What holds whenever no pCPU is in EL2. */
static void check(void)
{
	REQUIRE(console_tx_used(ring) <= CONSOLE_TX_SIZE &&
		console_rx_used(ring) <= CONSOLE_RX_SIZE);
	REQUIRE(device.received <= FIFO && device.held <= FIFO &&
		device.received <= console_rx_used(ring));
	REQUIRE(device.depth == 1 || device.depth == FIFO);
	REQUIRE(line == ((device.raw & device.stored[(UARTIMSC - UARTILPR) / 4]) != 0) &&
		line == device.line);
	REQUIRE(console_tx_used(&vm_shared[1].console) == 0 &&
		console_rx_used(&vm_shared[1].console) == 0);
	REQUIRE(fake.used <= MOST_SENT);
	take_lock(&device.lock);
	take_lock(&uart_lock.lock);
	fake.used = 0;
}

static void access(struct input *input, bool write)
{
	unsigned size = 1u << input_below(input, 4);
	uint64_t offset = input_take(input, 2) % REGION & ~(uint64_t)(size - 1);
	uint64_t value = write ? input_take(input, size < 4 ? size : 4) : 0;

	if (write) {
		REQUIRE(pl011_write(&fake_vcpu, &config, offset, size, value) ==
			(size == 8 ? MMIO_FAULT : MMIO_DONE));
	} else {
		REQUIRE(pl011_read(&fake_vcpu, &config, offset, size, &value) ==
			(size == 8 ? MMIO_FAULT : MMIO_DONE));
		REQUIRE(size == 8 || value >> 8 * size == 0);
	}
}

static void arrive(struct input *input)
{
	uint32_t count = input_below(input, 64);

	if (fake.in_tail == fake.in_head)
		fake.in_tail = fake.in_head = 0;
	while (count-- > 0 && fake.in_head < sizeof(fake.in) / sizeof(fake.in[0])) {
		uint16_t key = (uint16_t)input_take(input, 2) & 0xfff;

		fake.in[fake.in_head++] = key == INPUT_ESCAPE ? 'e' : key; /* all is for the VM */
	}
	console_uart_interrupt();
}

static void operation(struct input *input)
{
	static const uint16_t often[] = {
		UARTDR, UARTFR, UARTIMSC, UARTICR, UARTCR, UARTLCR_H, UARTIFLS, UARTRIS};
	uint64_t value;

	switch (input_below(input, 10)) {
	case 0:
		access(input, false);
		break;
	case 1:
		access(input, true);
		break;
	case 2:
		pl011_read(&fake_vcpu, &config, often[input_below(input, 8)], 4, &value);
		break;
	case 3:
		value = often[input_below(input, 8)];
		pl011_write(&fake_vcpu, &config, value, 4, input_take(input, 2));
		break;
	case 4: /* a line */
		for (uint32_t left = input_below(input, 128); left > 0; left--)
			pl011_write(&fake_vcpu, &config, UARTDR, 4, 'a' + left % 26);
		break;
	case 5:
		arrive(input);
		break;
	case 6:
		fake.room = input_below(input, 64);
		console_uart_interrupt();
		break;
	case 7:
		fake.room = NO_LIMIT;
		console_uart_interrupt();
		break;
	case 8:
		pl011_serve(&config);
		break;
	default:
		if (input_below(input, 8) == 0)
			pl011_reset(&config);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	fake_boot(1 + input_below(&input, 2));
	host_vcpu = &linux_vcpu;
	memset(&device, 0, sizeof(device));
	line = false;
	pl011_reset(&config);
	while (input.size > 0) {
		operation(&input);
		check();
	}
	return 0;
}
