/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of the i.MX UART on a model of it, from the i.MX 8M Plus Applications Processor
 * Reference Manual, chapter 16.2.
 */
#include "uart_model.h"

#define BASE 0x30890000ull

enum {
	URXD = 0x00,
	UTXD = 0x40,
	UCR1 = 0x80,
	UCR2 = 0x84,
	UCR3 = 0x88,
	UCR4 = 0x8c,
	UFCR = 0x90,
	USR2 = 0x98,
	UBIR = 0xa4,
	UBMR = 0xa8,
	UTS = 0xb4,
	DEPTH = 32
};

static struct {
	uint32_t registers[0xc0 / 4];
	uint32_t waiting, sent;
	uint32_t busy_reads; /* of USR2, until all has left */
	uint16_t in[DEPTH];  /* as URXD shows them */
	uint32_t in_count;
	uint32_t numerator, denominator; /* of the baud rate, in effect */
	uint32_t clock_divider;          /* RFDIV in effect with them */
	bool programmed_while_sending;
} chip;

static uint32_t reg(uint32_t offset)
{
	return chip.registers[offset / 4];
}

static void send_one(void)
{
	if (chip.waiting > 0) {
		chip.waiting--;
		chip.sent++;
	}
}

static void receive(uint32_t value)
{
	if (!(reg(UCR2) & 1 << 1))
		return;
	if (chip.in_count == DEPTH)
		chip.in[DEPTH - 1] |= 1 << 13 | 1 << 14; /* overrun, error */
	else
		chip.in[chip.in_count++] = (uint16_t)(value | 1 << 15);
}

static bool line(void)
{
	uint32_t level = reg(UFCR) & 0x3f, room = reg(UFCR) >> 10 & 0x3f;

	return (reg(UCR1) & 1 << 9 && chip.in_count >= level) ||
	       (reg(UCR1) & 1 << 13 && chip.waiting < room) || reg(UCR1) & 0xdd7e ||
	       reg(UCR4) & 0xff; /* others: none is asked for */
}

static uint32_t read_urxd(void)
{
	uint32_t value;

	assert_in_range(chip.in_count, 1, DEPTH); /* what is read otherwise means nothing, ... */
	assert_true(reg(UCR2) & 1 << 1);          /* ... and aborts while the receiver is off */
	value = chip.in[0];
	chip.in_count--;
	memmove(chip.in, chip.in + 1, sizeof(chip.in) - sizeof(chip.in[0]));
	return value;
}

static uint32_t read_usr2(void)
{
	if (chip.busy_reads > 0 && --chip.busy_reads == 0)
		while (chip.waiting > 0)
			send_one();
	return (chip.in_count > 0 ? 1u : 0) | (chip.waiting == 0 ? 1u << 3 | 1u << 14 : 0);
}

uint32_t raw_read32(uint64_t pa)
{
	uint32_t offset = (uint32_t)(pa - BASE);

	switch (offset) {
	case URXD:
		return read_urxd();
	case USR2:
		return read_usr2();
	case UTS:
		return (chip.waiting == 0 ? 1u << 6 : 0) | (chip.in_count == 0 ? 1u << 5 : 0) |
		       (chip.waiting == DEPTH ? 1u << 4 : 0);
	default:
		assert_in_range(offset, UCR1, UBMR);
		return reg(offset);
	}
}

static void write_utxd(uint32_t value)
{
	assert_in_range(value, 0, 0xff);
	assert_in_range(chip.waiting, 0, DEPTH - 1); /* or it would be lost */
	assert_true(reg(UCR1) & 1 && reg(UCR2) & 1 << 2);
	note_written(value);
	chip.waiting++;
}

void raw_write32(uint64_t pa, uint32_t value)
{
	uint32_t offset = (uint32_t)(pa - BASE);

	chip.programmed_while_sending |= offset != UTXD && offset != UCR1 && chip.waiting > 0;
	if (offset == UTXD) {
		write_utxd(value);
		return;
	}
	assert_in_range(offset, UCR1, UBMR);
	chip.registers[offset / 4] = value;
	if (offset == UCR2)
		assert_true(value & 1); /* or the baud rate would be reset */
	if (offset == UBMR) {
		chip.numerator = reg(UBIR) + 1;
		chip.denominator = value + 1;
		chip.clock_divider = reg(UFCR) >> 7 & 7;
	}
}

static const struct uart_config config = {.base = BASE};
static const struct uart_config clocked = {.base = BASE, .divisor = 833};

/* As U-Boot leaves it: the clock of 24 MHz divided by 2. */
static int setup(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof(chip));
	memset(&written, 0, sizeof(written));
	chip.registers[UCR1 / 4] = 0xffff & ~(1u << 4);
	chip.registers[UCR2 / 4] = 0x7 | 1 << 5 | 1 << 14 | 1 << 8;
	chip.registers[UCR3 / 4] = 0xffff;
	chip.registers[UCR4 / 4] = 0xffff;
	chip.registers[UFCR / 4] = 4 << 7 | 1 << 6 | 2 << 10 | 32;
	chip.registers[UBIR / 4] = 15;
	chip.registers[UBMR / 4] = 104;
	return 0;
}

static void it_is_programmed_when_the_firmware_is_done(void **state)
{
	(void)state;
	write_utxd('f');
	write_utxd('w');
	chip.busy_reads = 5;
	receive('x');
	uart_imx.init(&config);
	assert_int_equal(chip.sent, 2);
	assert_false(chip.programmed_while_sending);
	assert_int_equal(chip.in_count, 0);
	assert_false(line());
	assert_int_equal(reg(UCR1), 1);
	/* enabled, 8 bits, no parity, one stop bit */
	assert_int_equal(reg(UCR2) & 0x1e7, 0x27);
	/* the firmware's divider of the clock, and the role of the pins */
	assert_int_equal(reg(UFCR) & 0x3c0, 4 << 7 | 1 << 6);
	assert_int_equal(reg(UBIR), 15);
	assert_int_equal(reg(UBMR), 104);
}

static void the_baud_rate_is_set_by_a_divisor(void **state)
{
	(void)state;
	uart_imx.init(&clocked);
	/* 24 MHz / (16 * 833 / 64) = 115,246 */
	assert_int_equal(chip.numerator, 64);
	assert_int_equal(chip.denominator, 833);
	assert_int_equal(chip.clock_divider, 5);
	assert_int_equal(reg(UFCR) & 1 << 6, 1 << 6);
}

static void the_transmit_interrupt_comes_when_there_is_room(void **state)
{
	(void)state;
	send_by_interrupts(&uart_imx, &config, line, send_one, DEPTH);
}

static void a_full_fifo_takes_nothing(void **state)
{
	(void)state;
	uart_imx.init(&config);
	for (uint32_t i = 0; i < DEPTH; i++)
		assert_true(uart_imx.put(&config, '\xe4'));
	assert_false(uart_imx.put(&config, '\xe4'));
	assert_false(uart_imx.idle(&config));
}

static void characters_come_in_with_their_errors(void **state)
{
	static const struct {
		uint32_t bit, error;
	} cases[] = {
		{0, 0},
		{1 << 10, UART_PARITY_ERROR},
		{1 << 11, UART_BREAK},
		{1 << 12, UART_FRAMING_ERROR},
		{1 << 13, UART_OVERRUN},
	};

	(void)state;
	uart_imx.init(&config);
	uart_imx.interrupts(&config, UART_RECEIVE);
	assert_int_equal(uart_imx.get(&config), -1);
	assert_false(line());
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		receive((cases[i].bit ? 1u << 14 : 0) | cases[i].bit | 0xe4);
		assert_true(line());
		uart_imx.acknowledge(&config);
		assert_true(line());
		assert_int_equal(uart_imx.get(&config), cases[i].error | 0xe4);
		assert_false(line());
	}
	uart_imx.interrupts(&config, 0);
	receive('x');
	assert_false(line());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_programmed_when_the_firmware_is_done, setup),
		cmocka_unit_test_setup(the_baud_rate_is_set_by_a_divisor, setup),
		cmocka_unit_test_setup(the_transmit_interrupt_comes_when_there_is_room, setup),
		cmocka_unit_test_setup(a_full_fifo_takes_nothing, setup),
		cmocka_unit_test_setup(characters_come_in_with_their_errors, setup),
	};

	return cmocka_run_group_tests_name("uart_imx", tests, NULL, NULL);
}
