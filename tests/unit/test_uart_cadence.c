/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of Cadence's UART on a model of it, from the Zynq UltraScale+ manuals UG1085, chapter
 * 21, and UG1087. Interrupts are latched when something happens; a test can also make the model
 * latch again what still holds, as QEMU's does.
 */
#include "uart_model.h"

#define BASE 0xff000000ull

enum {
	CR = 0x00,
	MR = 0x04,
	IER = 0x08,
	IDR = 0x0c,
	ISR = 0x14,
	BAUDGEN = 0x18,
	RXTOUT = 0x1c,
	RXWM = 0x20,
	MODEMCR = 0x24,
	SR = 0x2c,
	FIFO = 0x30,
	BAUDDIV = 0x34,
	DEPTH = 64
};

static struct {
	bool holds; /* what is so is latched again */
	uint32_t cr, mr, mask, latched, cd, bdiv, level, modem;
	uint32_t waiting, sent;
	uint32_t busy_reads;  /* of SR, until all has left */
	uint32_t reset_reads; /* of CR, until the reset is done */
	uint8_t in[DEPTH];
	uint32_t in_count;
	void (*after_status)(void); /* what happens after the next read of SR */
	bool programmed_while_enabled;
} chip;

static void latch_again(void)
{
	if (!chip.holds)
		return;
	if (chip.in_count >= chip.level)
		chip.latched |= 1 << 0;
	if (chip.waiting == 0)
		chip.latched |= 1 << 3;
}

static void send_one(void)
{
	if (chip.waiting == 0)
		return;
	chip.sent++;
	if (--chip.waiting == 0)
		chip.latched |= 1 << 3;
}

static void receive(uint8_t c)
{
	if (chip.in_count == DEPTH) {
		chip.latched |= 1 << 5;
		return;
	}
	chip.in[chip.in_count++] = c;
	if (chip.in_count == chip.level)
		chip.latched |= 1 << 0;
}

static bool line(void)
{
	latch_again();
	return (chip.latched & chip.mask) != 0;
}

static uint32_t read_sr(void)
{
	uint32_t value;

	if (chip.busy_reads > 0 && --chip.busy_reads == 0)
		while (chip.waiting > 0)
			send_one();
	value = (chip.in_count >= chip.level ? 1u : 0) | (chip.in_count == 0 ? 1u << 1 : 0) |
	        (chip.waiting == 0 ? 1u << 3 : 0) | (chip.waiting == DEPTH ? 1u << 4 : 0) |
	        (chip.waiting > 0 ? 1u << 11 : 0);
	if (chip.after_status != NULL) {
		void (*then)(void) = chip.after_status;

		chip.after_status = NULL;
		then();
	}
	return value;
}

static uint32_t read_fifo(void)
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
	case CR:
		if (chip.reset_reads > 0 && --chip.reset_reads == 0)
			chip.cr &= ~3u;
		return chip.cr;
	case ISR:
		latch_again();
		return chip.latched;
	case SR:
		return read_sr();
	case FIFO:
		return read_fifo();
	default:
		fail(); /* IER and IDR cannot be read */
		return 0;
	}
}

static void write_cr(uint32_t value)
{
	chip.cr = value;
	if (value & 3)
		chip.reset_reads = 3;
	if (value & 1)
		chip.in_count = 0;
	if (value & 2)
		chip.waiting = 0;
}

static void write_fifo(uint32_t value)
{
	assert_in_range(value, 0, 0xff);
	assert_in_range(chip.waiting, 0, DEPTH - 1); /* or it would be lost */
	assert_int_equal(chip.cr & 0x30, 0x10);
	note_written(value);
	chip.waiting++;
}

void raw_write32(uint64_t pa, uint32_t value)
{
	uint64_t offset = pa - BASE;

	chip.programmed_while_enabled |= (offset == MR || offset == BAUDGEN || offset == BAUDDIV ||
						 (offset == CR && value & 3)) &&
	                                 (chip.waiting > 0 || (chip.cr & 0x28) != 0x28);
	switch (offset) {
	case CR:
		write_cr(value);
		break;
	case MR:
		chip.mr = value;
		break;
	case IER:
		chip.mask |= value;
		break;
	case IDR:
		chip.mask &= ~value;
		break;
	case ISR:
		chip.latched &= ~value;
		latch_again();
		break;
	case BAUDGEN:
		chip.cd = value;
		break;
	case BAUDDIV:
		chip.bdiv = value;
		break;
	case RXTOUT:
		assert_int_equal(value, 0);
		break;
	case RXWM:
		chip.level = value;
		break;
	case MODEMCR:
		chip.modem = value;
		break;
	case FIFO:
		write_fifo(value);
		break;
	default:
		fail();
	}
}

static const struct uart_config config = {.base = BASE};
static const struct uart_config clocked = {.base = BASE, .divisor = 6u << 16 | 124};

static int setup(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof(chip));
	memset(&written, 0, sizeof(written));
	chip.cr = 0x14;
	chip.mask = 0x3fff;
	chip.cd = 62;
	chip.bdiv = 13;
	chip.level = 32;
	return 0;
}

static int setup_holding(void **state)
{
	setup(state);
	chip.holds = true;
	return 0;
}

static void it_is_programmed_when_the_firmware_is_done(void **state)
{
	(void)state;
	write_fifo('f');
	write_fifo('w');
	chip.busy_reads = 5;
	receive('x');
	uart_cadence.init(&config);
	assert_int_equal(chip.sent, 2);
	assert_false(chip.programmed_while_enabled);
	assert_int_equal(chip.in_count, 0);
	assert_false(line());
	assert_int_equal(chip.cr, 0x14);
	assert_int_equal(chip.mr, 0x20);
	assert_int_equal(chip.cd, 62); /* the firmware's */
	assert_int_equal(chip.bdiv, 13);
	uart_cadence.init(&clocked);
	assert_int_equal(chip.cd, 124); /* 100 MHz / (124 * 7) = 115,207 */
	assert_int_equal(chip.bdiv, 6);
}

static void the_transmit_interrupt_comes_when_there_is_room(void **state)
{
	(void)state;
	send_by_interrupts(&uart_cadence, &config, line, send_one, DEPTH);
}

static void a_full_fifo_takes_nothing(void **state)
{
	(void)state;
	uart_cadence.init(&config);
	for (uint32_t i = 0; i < DEPTH; i++)
		assert_true(uart_cadence.put(&config, '\xe4'));
	assert_false(uart_cadence.put(&config, '\xe4'));
	assert_false(uart_cadence.idle(&config));
}

static void the_receive_interrupt_stays_until_all_is_read(void **state)
{
	(void)state;
	uart_cadence.init(&config);
	uart_cadence.interrupts(&config, UART_RECEIVE);
	assert_int_equal(chip.mask, 1);
	assert_int_equal(uart_cadence.get(&config), -1);
	assert_false(line());
	receive('a');
	receive(0xe4);
	assert_true(line());
	uart_cadence.acknowledge(&config);
	assert_int_equal(uart_cadence.get(&config), 'a');
	/* The console has no room for more: it masks the interrupt, and looks again later. */
	uart_cadence.interrupts(&config, 0);
	assert_false(line());
	uart_cadence.interrupts(&config, UART_RECEIVE);
	assert_true(line());
	uart_cadence.acknowledge(&config);
	assert_int_equal(uart_cadence.get(&config), 0xe4);
	assert_int_equal(uart_cadence.get(&config), -1);
	assert_false(line());
}

static void one_more(void)
{
	receive('m');
}

static void a_character_that_comes_at_the_last_moment_is_not_forgotten(void **state)
{
	(void)state;
	uart_cadence.init(&config);
	uart_cadence.interrupts(&config, UART_RECEIVE);
	chip.after_status = one_more;
	assert_int_equal(uart_cadence.get(&config), 'm');
	assert_int_equal(uart_cadence.get(&config), -1);
	assert_false(line());
}

static void errors_come_with_a_character(void **state)
{
	static const struct {
		uint8_t c;
		uint32_t latched, error;
	} cases[] = {
		{'a', 0, 0},
		{'b', 1 << 5, UART_OVERRUN},
		{'c', 1 << 6, UART_FRAMING_ERROR},
		{'d', 1 << 7, UART_PARITY_ERROR},
		{0, 1 << 6, UART_FRAMING_ERROR | UART_BREAK},
		{0, 0, 0},
	};

	(void)state;
	uart_cadence.init(&config);
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		receive(cases[i].c);
		chip.latched |= cases[i].latched;
		assert_int_equal(uart_cadence.get(&config), cases[i].error | cases[i].c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_programmed_when_the_firmware_is_done, setup),
		cmocka_unit_test_setup(the_transmit_interrupt_comes_when_there_is_room, setup),
		cmocka_unit_test_setup(
			the_transmit_interrupt_comes_when_there_is_room, setup_holding),
		cmocka_unit_test_setup(a_full_fifo_takes_nothing, setup),
		cmocka_unit_test_setup(the_receive_interrupt_stays_until_all_is_read, setup),
		cmocka_unit_test_setup(
			the_receive_interrupt_stays_until_all_is_read, setup_holding),
		cmocka_unit_test_setup(
			a_character_that_comes_at_the_last_moment_is_not_forgotten, setup),
		cmocka_unit_test_setup(errors_come_with_a_character, setup),
	};

	return cmocka_run_group_tests_name("uart_cadence", tests, NULL, NULL);
}
