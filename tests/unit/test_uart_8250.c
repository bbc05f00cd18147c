/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drivers of the 8250 family on a model of an NS16550A (National Semiconductor's datasheet of
 * June 1995), and of what DesignWare, TI and Nvidia changed.
 */
#include "uart_model.h"

#include "uart/ns16550_registers.h"

#define BASE     0x3eff1000ull
#define USR_BUSY 1u

static struct {
	/* what it is */
	uint32_t depth; /* of its FIFOs; 1: none */
	bool designware;
	uint32_t thre_room; /* Tegra: LSR_THRE says that there is room for so many; 0: empty */
	bool omap;
	const struct uart_config *config;

	/* its registers */
	uint32_t ier, fcr, lcr, mcr;
	uint32_t divisor;
	uint32_t others[32];

	/* what it does */
	uint32_t waiting;   /* characters in the transmit FIFO */
	uint32_t line_busy; /* reads of LSR until one of them has left */
	uint32_t sent;
	uint16_t in[32]; /* characters received, LSR's error bits of each in [12:9] */
	uint32_t in_count;
	bool overrun, seen; /* seen: the errors of the next character were read */
	bool arriving;      /* a character is on its way in */
	bool thre_pending, timeout, busy_pending;
	uint32_t lcr_writes;
} chip;

static bool fifos(void)
{
	return chip.fcr & FCR_ENABLE && chip.depth > 1;
}

static uint32_t depth(void)
{
	return fifos() ? chip.depth : 1;
}

/* The transmitter sends a character. */
static void send_one(void)
{
	if (chip.waiting == 0)
		return;
	chip.sent++;
	chip.waiting--;
	if (chip.waiting == 0)
		chip.thre_pending = true;
}

static void send_all(void)
{
	while (chip.waiting > 0)
		send_one();
}

/* A character arrives; errors: LSR's bits. */
static void receive(uint8_t c, uint32_t errors)
{
	if (chip.in_count == depth()) {
		chip.overrun = true;
		return;
	}
	chip.in[chip.in_count++] = (uint16_t)(c | errors << 8);
}

static bool designware_busy(void)
{
	return chip.designware && (chip.waiting > 0 || chip.in_count > 0 || chip.arriving);
}

static bool thre(void)
{
	return chip.thre_room ? chip.waiting + chip.thre_room <= depth() : chip.waiting == 0;
}

static uint32_t read_lsr(void)
{
	uint32_t value = 0;

	/* Whoever looks lets time pass. */
	if (chip.line_busy > 0 && --chip.line_busy == 0)
		send_all();
	if (chip.in_count > 0)
		value |= LSR_DR | (chip.seen ? 0 : chip.in[0] >> 8);
	if (chip.overrun)
		value |= LSR_OE;
	if (thre())
		value |= LSR_THRE;
	if (chip.waiting == 0)
		value |= LSR_TEMT;
	chip.overrun = false;
	chip.seen = true;
	return value;
}

static bool receive_pending(void)
{
	uint32_t level = chip.omap ? 8 : (uint32_t[]){1, 4, 8, 14}[chip.fcr >> 6 & 3];

	return chip.ier & IER_RECEIVE && chip.in_count >= (fifos() ? level : 1);
}

/* TI's: the interrupt is a level, and SCR says of what. Elsewhere it comes with the event. */
static bool transmit_pending(void)
{
	if (!(chip.ier & IER_TRANSMIT))
		return false;
	if (chip.omap)
		return chip.others[16] & 1 << 3 ? chip.waiting == 0
		                                : chip.waiting + 8 <= chip.depth;
	if (chip.thre_room)
		return thre() && chip.thre_pending;
	return chip.thre_pending;
}

static bool timeout_pending(void)
{
	return chip.ier & IER_RECEIVE && chip.timeout;
}

static bool line(void)
{
	return chip.busy_pending || receive_pending() || timeout_pending() || transmit_pending();
}

static uint32_t read_iir(void)
{
	uint32_t value = fifos() ? IIR_FIFOS : 0;

	if (receive_pending())
		return value | 4;
	if (timeout_pending())
		return value | 12;
	if (transmit_pending()) {
		chip.thre_pending = false;
		return value | 2;
	}
	return value | (chip.busy_pending ? IIR_BUSY : IIR_NONE);
}

static uint32_t read_rbr(void)
{
	uint32_t c = chip.in[0] & 0xff;

	chip.timeout = false;
	chip.seen = false;
	if (chip.in_count == 0)
		return 0;
	chip.in_count--;
	memmove(chip.in, chip.in + 1, sizeof(chip.in) - sizeof(chip.in[0]));
	return c;
}

static uint32_t chip_read(uint32_t number)
{
	bool dlab = chip.lcr & LCR_DLAB;

	switch (number) {
	case UART_RBR:
		return dlab ? chip.divisor & 0xff : read_rbr();
	case UART_IER:
		return dlab ? chip.divisor >> 8 : chip.ier;
	case UART_IIR:
		return read_iir();
	case UART_LCR:
		return chip.lcr;
	case UART_MCR:
		return chip.mcr;
	case UART_LSR:
		return read_lsr();
	case UART_MSR:
		return 0;
	case UART_USR:
		assert_true(chip.designware);
		chip.busy_pending = false;
		return designware_busy() ? USR_BUSY : 0;
	default:
		return chip.others[number];
	}
}

static void write_thr(uint32_t value)
{
	assert_in_range(chip.waiting, 0, depth() - 1); /* or it would be lost */
	note_written(value);
	chip.waiting++;
	chip.thre_pending = false;
}

static void write_fcr(uint32_t value)
{
	if (value & FCR_CLEAR_RECEIVE || (value ^ chip.fcr) & FCR_ENABLE)
		chip.in_count = 0;
	if (value & FCR_CLEAR_TRANSMIT || (value ^ chip.fcr) & FCR_ENABLE)
		chip.waiting = 0;
	chip.arriving = false; /* it is short */
	chip.fcr = value;
}

static void chip_write(uint32_t number, uint32_t value)
{
	bool dlab = chip.lcr & LCR_DLAB;

	switch (number) {
	case UART_THR:
		if (dlab)
			chip.divisor = (chip.divisor & 0xff00) | value;
		else
			write_thr(value);
		break;
	case UART_IER:
		if (dlab)
			chip.divisor = value << 8 | (chip.divisor & 0xff);
		else if (value & ~chip.ier & IER_TRANSMIT && thre())
			chip.thre_pending = true; /* enabled while it is empty */
		if (!dlab)
			chip.ier = value;
		break;
	case UART_FCR:
		write_fcr(value);
		break;
	case UART_LCR:
		chip.lcr_writes++;
		assert_int_equal(chip.waiting, 0); /* what is on the line would be damaged */
		if (designware_busy())
			chip.busy_pending = true;
		else
			chip.lcr = value;
		break;
	case UART_MCR:
		chip.mcr = value;
		break;
	default:
		assert_in_range(number, 8, 31);
		chip.others[number] = value;
		break;
	}
}

static uint32_t number_at(uint64_t pa, uint32_t width)
{
	uint64_t offset = pa - chip.config->base;

	assert_int_equal(chip.config->access_width, width);
	assert_in_range(offset, 0, (32u << chip.config->register_shift) - 1);
	assert_int_equal(offset & ((1u << chip.config->register_shift) - 1), 0);
	return (uint32_t)(offset >> chip.config->register_shift);
}

uint32_t raw_read8(uint64_t pa)
{
	return chip_read(number_at(pa, 1)) & 0xff;
}

void raw_write8(uint64_t pa, uint8_t value)
{
	chip_write(number_at(pa, 1), value);
}

/* The bits above a register's eight are undefined. */
uint32_t raw_read32(uint64_t pa)
{
	return chip_read(number_at(pa, 4)) | 0xdead0000;
}

void raw_write32(uint64_t pa, uint32_t value)
{
	assert_in_range(value, 0, 0xff);
	chip_write(number_at(pa, 4), value);
}

static const struct uart_config plain = {.base = BASE, .register_shift = 0, .access_width = 1};
static const struct uart_config wide = {.base = BASE, .register_shift = 2, .access_width = 4};
static const struct uart_config clocked = {
	.base = BASE, .divisor = 0x10d, .register_shift = 2, .access_width = 4};

/* As the firmware leaves it. */
static int setup(void **state)
{
	(void)state;
	memset(&chip, 0, sizeof(chip));
	memset(&written, 0, sizeof(written));
	chip.config = &plain;
	chip.depth = 16;
	chip.divisor = 0x123;
	chip.ier = 0xf;
	chip.lcr = LCR_8N1;
	return 0;
}

static void it_starts_when_the_firmware_is_done(void **state)
{
	(void)state;
	chip.fcr = FCR_ENABLE;
	write_thr('f');
	write_thr('w');
	chip.line_busy = 5;
	uart_8250.init(&plain);
	assert_int_equal(chip.sent, 2);
	assert_int_equal(chip.ier, 0);
	assert_int_equal(chip.lcr, LCR_8N1);
	assert_int_equal(chip.fcr & 0xc9, FCR_ENABLE | FCR_RECEIVE_HALF);
	assert_int_equal(chip.mcr, MCR_DTR | MCR_RTS | MCR_OUT2);
	assert_false(line());
}

static void the_firmwares_baud_rate_stays_without_a_divisor(void **state)
{
	(void)state;
	uart_8250.init(&plain);
	assert_int_equal(chip.divisor, 0x123);
	chip.config = &clocked;
	uart_8250.init(&clocked);
	assert_int_equal(chip.divisor, 0x10d);
	assert_int_equal(chip.lcr, LCR_8N1);
}

static void an_empty_fifo_is_filled_and_never_more(void **state)
{
	(void)state;
	uart_8250.init(&plain);
	for (uint32_t i = 0; i < 16; i++)
		assert_true(uart_8250.put(&plain, (char)('a' + i)));
	assert_false(uart_8250.put(&plain, 'X'));
	send_one();
	assert_false(uart_8250.put(&plain, 'X'));
	assert_false(uart_8250.idle(&plain));
	send_all();
	assert_true(uart_8250.idle(&plain));
	for (uint32_t i = 0; i < 3; i++)
		assert_true(uart_8250.put(&plain, (char)('0' + i)));
	send_one();
	assert_true(uart_8250.put(&plain, '3'));
	assert_string_equal(written.text, "abcdefghijklmnop0123");
}

static void a_chip_without_fifo_gets_a_character_at_a_time(void **state)
{
	(void)state;
	chip.depth = 1;
	uart_8250.init(&plain);
	assert_true(uart_8250.put(&plain, 'a'));
	assert_false(uart_8250.put(&plain, 'b'));
	send_one();
	assert_true(uart_8250.put(&plain, 'b'));
	assert_string_equal(written.text, "ab");
}

static void sends(const struct uart_driver *driver)
{
	send_by_interrupts(driver, chip.config, line, send_one, chip.depth);
}

static void the_transmit_interrupt_comes_when_there_is_room(void **state)
{
	(void)state;
	sends(&uart_8250);
	uart_8250.interrupts(&plain, UART_TRANSMIT); /* nothing is in the FIFO: at once */
	assert_true(line());
	uart_8250.interrupts(&plain, UART_RECEIVE);
	assert_false(line());
}

static void characters_come_in_with_their_errors(void **state)
{
	static const struct {
		uint32_t lsr, error;
	} cases[] = {
		{0, 0},
		{LSR_PE, UART_PARITY_ERROR},
		{LSR_FE, UART_FRAMING_ERROR},
		{LSR_BI | LSR_FE, UART_BREAK | UART_FRAMING_ERROR},
	};

	(void)state;
	uart_8250.init(&plain);
	assert_int_equal(uart_8250.get(&plain), -1);
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		receive((uint8_t)('a' + i), cases[i].lsr);
		receive('z', 0);
		/* What put() and idle() read of LSR is not lost. */
		if (i % 2)
			assert_true(uart_8250.idle(&plain));
		assert_int_equal(uart_8250.get(&plain), cases[i].error | ('a' + i));
		assert_int_equal(uart_8250.get(&plain), 'z');
	}
	for (uint32_t i = 0; i < 17; i++)
		receive(0xe4, 0);
	assert_true(uart_8250.put(&plain, '.'));
	assert_int_equal(uart_8250.get(&plain), UART_OVERRUN | 0xe4);
	for (uint32_t i = 1; i < 16; i++)
		assert_int_equal(uart_8250.get(&plain), 0xe4);
	assert_int_equal(uart_8250.get(&plain), -1);
}

static void the_receive_interrupt_stays_until_all_is_read(void **state)
{
	(void)state;
	uart_8250.init(&plain);
	uart_8250.interrupts(&plain, UART_RECEIVE | UART_TRANSMIT);
	assert_int_equal(chip.ier, IER_RECEIVE | IER_TRANSMIT);
	uart_8250.acknowledge(&plain);
	assert_false(line());
	receive('a', 0);
	chip.timeout = true;
	uart_8250.acknowledge(&plain);
	assert_true(line());
	assert_int_equal(uart_8250.get(&plain), 'a');
	assert_false(line());
	uart_8250.interrupts(&plain, 0);
	assert_int_equal(chip.ier, 0);
}

/* The quirk of DesignWare, TI and others: a timeout, and nothing to read. */
static void a_timeout_without_a_character_ends(void **state)
{
	(void)state;
	uart_8250.init(&plain);
	uart_8250.interrupts(&plain, UART_RECEIVE);
	chip.timeout = true;
	assert_true(line());
	uart_8250.acknowledge(&plain);
	assert_false(line());
}

static void a_designware_uart_that_receives_is_programmed(void **state)
{
	(void)state;
	chip.designware = true;
	chip.config = &clocked;
	chip.fcr = FCR_ENABLE;
	chip.arriving = true;
	receive('a', 0);
	uart_8250.init(&clocked);
	assert_int_equal(chip.lcr, LCR_8N1);
	assert_int_equal(chip.divisor, 0x10d);
	assert_int_equal(chip.lcr_writes, 3); /* the first in vain */
	assert_true(line());
	uart_8250.acknowledge(&clocked);
	assert_false(line());
	uart_8250.interrupts(&clocked, UART_RECEIVE);
	receive('b', 0);
	assert_int_equal(uart_8250.get(&clocked), 'b');
	sends(&uart_8250);
}

static void ti_sends_by_interrupts_of_an_empty_fifo(void **state)
{
	(void)state;
	chip.omap = true;
	chip.depth = 64;
	chip.config = &wide;
	chip.others[8] = 3; /* MDR1: bits of 13 cycles, as the firmware chose */
	sends(&uart_omap);
	assert_int_equal(chip.others[8], 3);
	chip.config = &clocked;
	uart_omap.init(&clocked);
	assert_int_equal(chip.others[8], 0);
	assert_int_equal(chip.divisor, 0x10d);
}

static void tegra_has_room_for_eight_and_a_timeout_of_its_own(void **state)
{
	(void)state;
	chip.thre_room = 8;
	chip.config = &wide;
	sends(&uart_tegra);
	assert_int_equal(chip.fcr >> 4 & 3, 1);
	uart_tegra.interrupts(&wide, UART_RECEIVE | UART_TRANSMIT);
	assert_int_equal(chip.ier, IER_RECEIVE | IER_TRANSMIT | 1 << 4);
	uart_tegra.interrupts(&wide, UART_TRANSMIT);
	assert_int_equal(chip.ier, IER_TRANSMIT);
}

static void mediatek_makes_bits_of_sixteen_cycles(void **state)
{
	(void)state;
	chip.config = &wide;
	chip.others[9] = 3;
	chip.others[13] = 1;
	sends(&uart_mt6577);
	assert_int_equal(chip.others[9], 3);
	chip.config = &clocked;
	uart_mt6577.init(&clocked);
	assert_int_equal(chip.others[9], 0);
	assert_int_equal(chip.others[13], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_starts_when_the_firmware_is_done, setup),
		cmocka_unit_test_setup(the_firmwares_baud_rate_stays_without_a_divisor, setup),
		cmocka_unit_test_setup(an_empty_fifo_is_filled_and_never_more, setup),
		cmocka_unit_test_setup(a_chip_without_fifo_gets_a_character_at_a_time, setup),
		cmocka_unit_test_setup(the_transmit_interrupt_comes_when_there_is_room, setup),
		cmocka_unit_test_setup(characters_come_in_with_their_errors, setup),
		cmocka_unit_test_setup(the_receive_interrupt_stays_until_all_is_read, setup),
		cmocka_unit_test_setup(a_timeout_without_a_character_ends, setup),
		cmocka_unit_test_setup(a_designware_uart_that_receives_is_programmed, setup),
		cmocka_unit_test_setup(ti_sends_by_interrupts_of_an_empty_fifo, setup),
		cmocka_unit_test_setup(tegra_has_room_for_eight_and_a_timeout_of_its_own, setup),
		cmocka_unit_test_setup(mediatek_makes_bits_of_sixteen_cycles, setup),
	};

	return cmocka_run_group_tests_name("uart_8250", tests, NULL, NULL);
}
