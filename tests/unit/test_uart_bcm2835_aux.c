/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of the mini UART on a model of it, from BCM2835 ARM Peripherals, 2.2, with the known
 * errata: the interrupt bits are swapped, bits 3:2 have to be set, and 8 bits need two bits of LCR.
 */
#include "uart_model.h"

#define BASE 0xfe215040ull

enum {
	IO = 0x00,
	IER = 0x04,
	IIR = 0x08,
	LCR = 0x0c,
	MCR = 0x10,
	LSR = 0x14,
	CNTL = 0x20,
	STAT = 0x24,
	BAUD = 0x28,
	DEPTH = 8
};

static struct {
	uint32_t ier, lcr, mcr, cntl, baud;
	uint32_t waiting, sent;
	uint32_t busy_reads; /* of STAT, until all has left */
	uint8_t in[DEPTH];
	uint32_t in_count;
	bool overrun;
	bool programmed_while_enabled;
} chip;

static void send_one(void)
{
	if (chip.waiting > 0) {
		chip.waiting--;
		chip.sent++;
	}
}

static void receive(uint8_t c)
{
	if (chip.in_count == DEPTH)
		chip.overrun = true;
	else
		chip.in[chip.in_count++] = c;
}

static bool line(void)
{
	return (chip.ier & 0xd) == 0xd ? chip.in_count > 0 || (chip.ier & 2 && chip.waiting == 0)
	                               : (chip.ier & 2) != 0 && chip.waiting == 0;
}

static uint32_t read_stat(void)
{
	if (chip.busy_reads > 0 && --chip.busy_reads == 0)
		while (chip.waiting > 0)
			send_one();
	return (chip.in_count > 0 ? 1u : 0) | (chip.waiting < DEPTH ? 1u << 1 : 0) |
	       (chip.overrun ? 1u << 4 : 0) | (chip.waiting == 0 ? 1u << 9 | 1u << 8 : 0) |
	       chip.in_count << 16 | chip.waiting << 24;
}

static uint32_t read_lsr(void)
{
	uint32_t value = (chip.in_count > 0 ? 1u : 0) | (chip.overrun ? 1u << 1 : 0) |
	                 (chip.waiting < DEPTH ? 1u << 5 : 0) | (chip.waiting == 0 ? 1u << 6 : 0);

	chip.overrun = false;
	return value;
}

static uint32_t read_io(void)
{
	uint32_t c = chip.in[0];

	assert_in_range(chip.in_count, 1, DEPTH);
	chip.in_count--;
	memmove(chip.in, chip.in + 1, sizeof(chip.in) - 1);
	return c;
}

uint32_t raw_read32(uint64_t pa)
{
	switch (pa - BASE) {
	case IO:
		return read_io();
	case LSR:
		return read_lsr();
	case STAT:
		return read_stat();
	default:
		fail();
		return 0;
	}
}

static void write_io(uint32_t value)
{
	assert_in_range(value, 0, 0xff);
	assert_in_range(chip.waiting, 0, DEPTH - 1); /* or it would be lost */
	note_written(value);
	chip.waiting++;
}

void raw_write32(uint64_t pa, uint32_t value)
{
	chip.programmed_while_enabled |=
		(pa - BASE == LCR || pa - BASE == BAUD) && (chip.cntl != 0 || chip.waiting > 0);
	switch (pa - BASE) {
	case IO:
		write_io(value);
		break;
	case IER:
		chip.ier = value;
		break;
	case IIR:
		chip.in_count = value & 2 ? 0 : chip.in_count;
		chip.waiting = value & 4 ? 0 : chip.waiting;
		break;
	case LCR:
		chip.lcr = value;
		break;
	case MCR:
		chip.mcr = value;
		break;
	case CNTL:
		chip.cntl = value;
		break;
	case BAUD:
		chip.baud = value;
		break;
	default:
		fail();
	}
}

static const struct uart_config config = {.base = BASE};
static const struct uart_config clocked = {.base = BASE, .divisor = 541};

static int setup(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof(chip));
	memset(&written, 0, sizeof(written));
	chip.cntl = 3;
	chip.ier = 0xf;
	chip.baud = 270;
	return 0;
}

static void it_is_programmed_when_the_firmware_is_done(void **state)
{
	(void)state;
	write_io('f');
	write_io('w');
	chip.busy_reads = 5;
	receive('x');
	uart_bcm2835_aux.init(&config);
	assert_int_equal(chip.sent, 2);
	assert_false(chip.programmed_while_enabled);
	assert_int_equal(chip.lcr & 3, 3);
	assert_int_equal(chip.ier, 0);
	assert_int_equal(chip.cntl, 3);
	assert_int_equal(chip.in_count, 0);
	assert_int_equal(chip.baud, 270); /* the firmware's */
	uart_bcm2835_aux.init(&clocked);
	assert_int_equal(chip.baud, 540); /* 500 MHz / (8 * 541) */
}

static void the_transmit_interrupt_comes_when_there_is_room(void **state)
{
	(void)state;
	send_by_interrupts(&uart_bcm2835_aux, &config, line, send_one, DEPTH);
}

static void a_full_fifo_takes_nothing(void **state)
{
	(void)state;
	uart_bcm2835_aux.init(&config);
	for (uint32_t i = 0; i < DEPTH; i++)
		assert_true(uart_bcm2835_aux.put(&config, '\xe4'));
	assert_false(uart_bcm2835_aux.put(&config, '\xe4'));
	assert_false(uart_bcm2835_aux.idle(&config));
}

static void characters_come_in_by_interrupts(void **state)
{
	(void)state;
	uart_bcm2835_aux.init(&config);
	uart_bcm2835_aux.interrupts(&config, UART_RECEIVE);
	assert_int_equal(uart_bcm2835_aux.get(&config), -1);
	assert_false(line());
	for (uint32_t i = 0; i < DEPTH + 1; i++)
		receive((uint8_t)(0xe4 + i));
	assert_true(line());
	uart_bcm2835_aux.acknowledge(&config);
	assert_true(uart_bcm2835_aux.put(&config, '.')); /* keeps the overrun */
	assert_int_equal(uart_bcm2835_aux.get(&config), UART_OVERRUN | 0xe4);
	assert_true(line());
	for (int i = 1; i < DEPTH; i++)
		assert_int_equal(uart_bcm2835_aux.get(&config), 0xe4 + i);
	assert_int_equal(uart_bcm2835_aux.get(&config), -1);
	assert_false(line());
	uart_bcm2835_aux.interrupts(&config, 0);
	receive('x');
	assert_false(line());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_programmed_when_the_firmware_is_done, setup),
		cmocka_unit_test_setup(the_transmit_interrupt_comes_when_there_is_room, setup),
		cmocka_unit_test_setup(a_full_fifo_takes_nothing, setup),
		cmocka_unit_test_setup(characters_come_in_by_interrupts, setup),
	};

	return cmocka_run_group_tests_name("uart_bcm2835_aux", tests, NULL, NULL);
}
