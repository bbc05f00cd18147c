/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated PL011 against Arm DDI 0183, over the real console and a fake UART. */
#include "fake_uart.h"

#include "device/pl011.h"
#include "uart/pl011_registers.h"

#define INTID 33

static struct pl011 device;
static const struct pl011_config config = {
	.state = &device, .irq = {.vm = &vms[0], .intid = INTID, .level = &device.line}};
static const struct pl011_config direct = {.state = &device,
	.irq = {.vm = &vms[0], .intid = INTID, .repeat = true, .level = &device.line}};
static struct console *const ring = &vm_shared[0].console;
static bool line;
static uint32_t line_changes;
static void (*when_it_falls)(void); /* what another pCPU does then */

void arch_set_interrupt_line(const struct vm_config *vm, uint32_t intid, bool level)
{
	assert_ptr_equal(vm, &vms[0]);
	assert_int_equal(intid, INTID);
	assert_int_not_equal(level, line);
	assert_false(lock_try(&device.lock));
	line = level;
	line_changes++;
	if (when_it_falls != NULL && !level)
		when_it_falls();
}

static struct vcpu linux_vcpu = {.vm = &vms[0], .config = &vcpus[0]};

static uint32_t get(uint32_t offset)
{
	uint64_t value = ~0ull;

	assert_int_equal(pl011_read(&fake_vcpu, &config, offset, 4, &value), MMIO_DONE);
	return (uint32_t)value;
}

static void set(uint32_t offset, uint32_t value)
{
	assert_int_equal(pl011_write(&fake_vcpu, &config, offset, 4, value), MMIO_DONE);
}

/* Characters arrive at the UART and reach the VM. */
static void arrive(const char *text)
{
	fake_type(text);
	console_uart_interrupt();
	pl011_serve(&config);
}

static void arrive_many(unsigned count)
{
	while (count-- > 0)
		arrive("x");
}

/* Fills the TX ring up to `free` bytes, with the hardware at a standstill. */
static void back_up(unsigned free)
{
	fake.room = 0;
	while (console_tx_used(ring) < CONSOLE_TX_SIZE - free)
		set(UARTDR, 'x');
}

static int reset(void **state)
{
	(void)state;
	fake_boot(1);
	host_vcpu = &linux_vcpu;
	memset(&device, 0, sizeof(device));
	line = false;
	line_changes = 0;
	pl011_reset(&config);
	return 0;
}

static void registers_have_their_reset_values(void **state)
{
	static const struct {
		uint32_t offset, value;
	} expected[] = {
		{UARTDR, 0},
		{UARTRSR, 0},
		{UARTFR, FR_TXFE | FR_RXFE | FR_CTS | FR_DSR | FR_DCD},
		{UARTILPR, 0},
		{UARTIBRD, 0},
		{UARTFBRD, 0},
		{UARTLCR_H, 0},
		{UARTCR, 0x301}, /* TRM: 0x300; see pl011.h */
		{UARTIFLS, 0x12},
		{UARTIMSC, 0},
		{UARTRIS, 0},
		{UARTMIS, 0},
		{UARTICR, 0},
		{UARTDMACR, 0},
		{0xfe0, 0x11},
		{0xfe4, 0x10},
		{0xfe8, 0x24},
		{0xfec, 0x00},
		{0xff0, 0x0d},
		{0xff4, 0xf0},
		{0xff8, 0x05},
		{0xffc, 0xb1},
	};

	(void)state;
	for (unsigned turn = 0; turn < 2; turn++) {
		uint32_t next = 0;

		for (uint32_t offset = 0; offset < 0x1000; offset += 4) {
			uint32_t value = 0; /* what is no register reads as zero */

			if (next < sizeof(expected) / sizeof(expected[0]) &&
				expected[next].offset == offset)
				value = expected[next++].value;
			assert_int_equal(get(offset), value);
		}
		assert_int_equal(next, sizeof(expected) / sizeof(expected[0]));
		/* Once more after everything was written and reset. */
		for (uint32_t offset = 4; offset < 0x1000; offset += 4)
			set(offset, 0xffffffff);
		device.line = line = false;
		pl011_reset(&config);
	}
}

static void registers_keep_the_bits_that_exist(void **state)
{
	static const struct {
		uint32_t offset, mask;
	} expected[] = {
		{UARTILPR, 0xff},
		{UARTIBRD, 0xffff},
		{UARTFBRD, 0x3f},
		{UARTLCR_H, 0xff},
		{UARTCR, 0xff87},
		{UARTIFLS, 0x3f},
		{UARTIMSC, 0x7ff},
		{UARTDMACR, 0x7},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		set(expected[i].offset, 0xffffffff);
		assert_int_equal(get(expected[i].offset), expected[i].mask);
		set(expected[i].offset, 0);
		assert_int_equal(get(expected[i].offset), 0);
	}
}

static void read_only_registers_do_not_change(void **state)
{
	static const uint32_t offsets[] = {
		UARTFR, UARTRIS, UARTMIS, UARTICR, 0x8, 0x80, 0x8c, 0xfe0, 0xffc};

	(void)state;
	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		uint32_t before = get(offsets[i]);

		set(offsets[i], ~before);
		assert_int_equal(get(offsets[i]), before);
	}
}

static void accesses_may_be_8_16_and_32_bits(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(pl011_write(&fake_vcpu, &config, UARTIBRD, 2, 0x1234), MMIO_DONE);
	assert_int_equal(pl011_read(&fake_vcpu, &config, UARTIBRD, 1, &value), MMIO_DONE);
	assert_int_equal(value, 0x34);
	assert_int_equal(pl011_read(&fake_vcpu, &config, UARTIBRD + 1, 1, &value), MMIO_DONE);
	assert_int_equal(value, 0x12);
	assert_int_equal(pl011_read(&fake_vcpu, &config, UARTIBRD, 2, &value), MMIO_DONE);
	assert_int_equal(value, 0x1234);
	assert_int_equal(pl011_read(&fake_vcpu, &config, UARTIBRD + 2, 2, &value), MMIO_DONE);
	assert_int_equal(value, 0);
	assert_int_equal(pl011_write(&fake_vcpu, &config, UARTIBRD + 2, 2, 0xffff), MMIO_DONE);
	assert_int_equal(get(UARTIBRD), 0x1234);
	assert_int_equal(pl011_write(&fake_vcpu, &config, UARTDR, 1, 'a'), MMIO_DONE);
	assert_string_equal(fake.out, "a");
	assert_int_equal(pl011_read(&fake_vcpu, &config, UARTDR, 8, &value), MMIO_FAULT);
	assert_int_equal(pl011_write(&fake_vcpu, &config, UARTDR, 8, 'b'), MMIO_FAULT);
	assert_string_equal(fake.out, "a");
}

static void output_passes_and_raises_the_transmit_interrupt(void **state)
{
	(void)state;
	set(UARTIMSC, INT_TX);
	assert_false(line); /* a transition is what raises it, not an empty FIFO */
	set(UARTDR, 'a');
	assert_string_equal(fake.out, "a");
	assert_int_equal(get(UARTRIS), INT_TX);
	assert_true(line);
	set(UARTICR, INT_TX);
	assert_int_equal(get(UARTRIS), 0);
	assert_false(line);
	assert_int_equal(line_changes, 2);
	assert_int_equal(get(UARTFR) & (FR_TXFE | FR_TXFF | FR_BUSY), FR_TXFE);
}

/*
 * The FIFO as it fills and drains: the interrupt comes where the level is crossed downwards, at
 * each IFLS.
 */
static void transmit_levels_are_crossings(void **state)
{
	static const unsigned levels[8] = {2, 4, 8, 12, 14, 14, 14, 14};

	for (unsigned select = 0; select < 8; select++) {
		reset(state);
		set(UARTLCR_H, LCR_H_FEN);
		set(UARTIFLS, 2 << 3 | select);
		back_up(16);
		set(UARTICR, INT_TX);
		for (unsigned used = 1; used <= 16; used++) {
			set(UARTDR, 'x');
			assert_int_equal(get(UARTRIS) & INT_TX, used > levels[select] ? 0 : INT_TX);
			assert_int_equal(get(UARTFR) & (FR_TXFE | FR_TXFF | FR_BUSY),
				FR_BUSY | (used == 16 ? FR_TXFF : 0));
		}
		for (unsigned used = 15; used + 1 > 0; used--) {
			fake.room = 1;
			console_drain();
			console_uart_interrupt();
			assert_int_equal(get(UARTRIS) & INT_TX, used > levels[select] ? 0 : INT_TX);
			assert_int_equal(get(UARTFR) & (FR_TXFE | FR_TXFF | FR_BUSY),
				used ? FR_BUSY : FR_TXFE);
		}
	}
}

static void without_fifos_there_is_one_transmit_entry(void **state)
{
	(void)state;
	back_up(1);
	set(UARTICR, INT_TX);
	assert_int_equal(get(UARTFR) & (FR_TXFE | FR_TXFF | FR_BUSY), FR_TXFE);
	set(UARTDR, 'y');
	assert_int_equal(get(UARTFR) & (FR_TXFE | FR_TXFF | FR_BUSY), FR_TXFF | FR_BUSY);
	assert_int_equal(get(UARTRIS) & INT_TX, 0);
	set(UARTDR, 'z'); /* written in spite of TXFF: lost */
	assert_int_equal(console_tx_used(ring), CONSOLE_TX_SIZE);
	fake.room = NO_LIMIT;
	console_uart_interrupt();
	assert_int_equal(fake.used, CONSOLE_TX_SIZE);
	assert_int_equal(fake.out[CONSOLE_TX_SIZE - 1], 'y');
	assert_int_equal(get(UARTRIS) & INT_TX, INT_TX);
}

static void a_sleeping_guest_hears_of_room(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	set(UARTIMSC, INT_TX);
	back_up(0);
	assert_false(line);
	fake.room = NO_LIMIT;
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 1);
	assert_false(line);
	pl011_serve(&config);
	assert_true(line);
}

static void a_crossing_that_nobody_saw_is_cleared_too(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	back_up(0);
	fake.room = NO_LIMIT;
	console_uart_interrupt();
	set(UARTICR, INT_TX);
	assert_int_equal(get(UARTRIS), 0);
}

static void a_disabled_transmitter_holds_its_fifo(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	set(UARTCR, CR_TXE);
	for (unsigned i = 0; i < 16; i++) {
		assert_int_equal(get(UARTFR) & FR_TXFF, 0);
		set(UARTDR, 'a' + i);
	}
	assert_int_equal(get(UARTFR) & (FR_TXFE | FR_TXFF | FR_BUSY), FR_TXFF);
	assert_int_equal(get(UARTRIS), 0);
	set(UARTDR, 'z');
	set(UARTIMSC, INT_TX); /* and no flush by hints */
	set(UARTIMSC, 0);
	get(UARTFR);
	get(UARTFR);
	assert_string_equal(fake.out, "");
	set(UARTCR, CR_TXE | CR_UARTEN);
	assert_string_equal(fake.out, "abcdefghijklmnop");
	assert_int_equal(get(UARTFR) & (FR_TXFE | FR_TXFF | FR_BUSY), FR_TXFE);
	assert_int_equal(get(UARTRIS), INT_TX);
}

static void input_is_read_in_order(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	assert_int_equal(get(UARTFR) & (FR_RXFE | FR_RXFF), FR_RXFE);
	arrive("abc");
	assert_int_equal(get(UARTFR) & (FR_RXFE | FR_RXFF), 0);
	assert_int_equal(get(UARTDR), 'a');
	assert_int_equal(get(UARTDR), 'b');
	assert_int_equal(get(UARTDR), 'c');
	assert_int_equal(get(UARTFR) & (FR_RXFE | FR_RXFF), FR_RXFE);
	assert_int_equal(get(UARTDR), 0);
}

static void reading_lets_the_hardware_receive_again(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * CONSOLE_RX_SIZE; i++)
		fake_type("x");
	console_uart_interrupt();
	assert_int_equal(fake.mask, 0);
	for (unsigned i = 0; i < CONSOLE_RX_SIZE; i++)
		assert_int_equal(get(UARTDR), 'x');
	assert_int_equal(fake.mask, UART_RECEIVE);
	console_uart_interrupt();
	assert_int_equal(get(UARTDR), 'x');
}

static void receive_levels_are_reached(void **state)
{
	static const unsigned levels[8] = {2, 4, 8, 12, 14, 14, 14, 14};

	for (unsigned select = 0; select < 8; select++) {
		reset(state);
		set(UARTLCR_H, LCR_H_FEN);
		set(UARTIFLS, select << 3 | 2);
		for (unsigned used = 1; used <= 20; used++) {
			arrive("x");
			assert_int_equal(
				get(UARTRIS) & INT_RX, used >= levels[select] ? INT_RX : 0);
			assert_int_equal(get(UARTFR) & FR_RXFF, used >= 16 ? FR_RXFF : 0);
		}
		/* Four wait outside: the FIFO stays full until they are in. */
		for (unsigned used = 19; used + 1 > 0; used--) {
			get(UARTDR);
			assert_int_equal(
				get(UARTRIS) & INT_RX, used >= levels[select] ? INT_RX : 0);
			assert_int_equal(get(UARTFR) & FR_RXFF, used >= 16 ? FR_RXFF : 0);
		}
		assert_int_equal(get(UARTFR) & FR_RXFE, FR_RXFE);
	}
}

static void data_below_the_level_times_out(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	set(UARTIMSC, INT_RT | INT_RX);
	arrive("ab");
	assert_int_equal(get(UARTRIS), INT_RT);
	assert_int_equal(get(UARTMIS), INT_RT);
	assert_true(line);
	get(UARTDR);
	assert_int_equal(get(UARTRIS), INT_RT); /* until the FIFO is empty */
	get(UARTDR);
	assert_int_equal(get(UARTRIS), 0);
	assert_false(line);
	arrive("c");
	set(UARTICR, INT_RT); /* or cleared */
	assert_false(line);
	assert_int_equal(get(UARTRIS), 0);
	arrive("d"); /* the next one starts anew */
	assert_true(line);
	assert_int_equal(get(UARTDR), 'c');
	assert_int_equal(get(UARTDR), 'd');
}

/*
 * Linux clears RX and RT before it enables them, and then reads at most 32 characters. More of them
 * may be waiting.
 */
static void input_typed_ahead_still_interrupts(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	arrive_many(100);
	set(UARTICR, INT_RT | INT_RX);
	for (unsigned i = 0; i < 32; i++)
		get(UARTDR);
	assert_false(line);
	set(UARTIMSC, INT_RT | INT_RX);
	assert_true(line);
	for (unsigned i = 0; i < 68; i++) {
		assert_true(line);
		get(UARTDR);
	}
	assert_false(line);
}

static void a_single_entry_interrupts_at_once(void **state)
{
	(void)state;
	set(UARTIMSC, INT_RX);
	arrive("ab");
	assert_true(line);
	assert_int_equal(get(UARTFR) & (FR_RXFE | FR_RXFF), FR_RXFF);
	assert_int_equal(get(UARTDR), 'a');
	assert_true(line);
	assert_int_equal(get(UARTDR), 'b');
	assert_false(line);
}

static void changing_the_fifo_depth_loses_nothing(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	arrive("abcdefghij");
	set(UARTICR, INT_ALL);
	set(UARTLCR_H, 0);
	assert_int_equal(get(UARTRIS), INT_RX);
	assert_int_equal(get(UARTFR) & (FR_RXFE | FR_RXFF), FR_RXFF);
	set(UARTLCR_H, LCR_H_FEN);
	assert_int_equal(get(UARTFR) & (FR_RXFE | FR_RXFF), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(get(UARTDR), 'a' + i);
	assert_int_equal(get(UARTRIS), 0);
}

static void a_disabled_receiver_takes_nothing_in(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	set(UARTIMSC, INT_RT);
	arrive("a");
	set(UARTCR, CR_UARTEN | CR_TXE);
	arrive("b");
	assert_int_equal(get(UARTDR), 'a'); /* what was in stays readable */
	assert_int_equal(get(UARTFR) & FR_RXFE, FR_RXFE);
	assert_false(line);
	set(UARTCR, CR_UARTEN | CR_RXE);
	assert_true(line);
	assert_int_equal(get(UARTDR), 'b');
}

static void errors_come_with_their_character(void **state)
{
	static const struct {
		uint16_t error;
		uint32_t raw, status;
	} errors[] = {
		{UART_FRAMING_ERROR, 1 << 7, 1 << 0},
		{UART_PARITY_ERROR, 1 << 8, 1 << 1},
		{UART_BREAK, 1 << 9, 1 << 2},
		{UART_OVERRUN, 1 << 10, 1 << 3},
	};

	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake.in[fake.in_head++] = errors[i].error | 'e';
		arrive("f");
		assert_int_equal(get(UARTRIS), errors[i].raw | INT_RT);
		assert_int_equal(get(UARTRSR), 0);
		assert_int_equal(get(UARTDR), errors[i].error | 'e');
		assert_int_equal(get(UARTRSR), errors[i].status);
		if (i % 2) {
			set(UARTRSR, 0); /* UARTECR: any value clears */
			assert_int_equal(get(UARTRSR), 0);
		}
		assert_int_equal(get(UARTDR), 'f');
		assert_int_equal(get(UARTRSR), 0);
		assert_int_equal(get(UARTRIS), errors[i].raw);
		set(UARTICR, errors[i].raw);
		assert_int_equal(get(UARTRIS), 0);
	}
}

static void masks_gate_the_line_only(void **state)
{
	(void)state;
	arrive("a");
	assert_int_equal(get(UARTRIS), INT_RX | INT_RT);
	assert_int_equal(get(UARTMIS), 0);
	assert_false(line);
	set(UARTIMSC, INT_RX | INT_TX);
	assert_int_equal(get(UARTMIS), INT_RX);
	assert_true(line);
	set(UARTIMSC, INT_TX);
	assert_int_equal(get(UARTRIS), INT_RX | INT_RT);
	assert_false(line);
	assert_int_equal(line_changes, 2);
}

/* A driver that has nothing more to send says so by its mask, or by waiting for input. */
static void a_prompt_is_shown_without_newline(void **state)
{
	(void)state;
	fake_system.vm_count = 2;
	set(UARTIMSC, INT_TX);
	set(UARTDR, '#');
	get(UARTFR);
	assert_string_equal(fake.out, "");
	set(UARTIMSC, 0);
	assert_string_equal(fake.out, "linux| #");
	get(UARTFR);
	set(UARTDR, ' ');
	get(UARTFR);
	assert_string_equal(fake.out, "linux| #");
	get(UARTFR);
	assert_string_equal(fake.out, "linux| # ");
}

static void one_more_arrives(void)
{
	when_it_falls = NULL;
	deliver(0, 'y');
}

/* Where the line's fall clears what another pCPU has set pending: with direct interrupts. */
static void input_that_arrives_as_the_line_falls_raises_it_again(void **state)
{
	uint64_t value;

	(void)state;
	set(UARTIMSC, INT_RX | INT_RT);
	arrive("x");
	assert_true(line);
	when_it_falls = one_more_arrives;
	assert_int_equal(pl011_read(&linux_vcpu, &direct, UARTDR, 4, &value), MMIO_DONE);
	assert_int_equal(value, 'x');
	assert_null(when_it_falls);
	assert_true(line);
	assert_int_equal(pl011_read(&linux_vcpu, &direct, UARTDR, 4, &value), MMIO_DONE);
	assert_int_equal(value, 'y');
	assert_false(line);
}

/*
 * Another pCPU's word that a line was left comes as an interrupt of the device: any read sees to
 * it.
 */
static void with_direct_interrupts_any_read_sends_what_is_left(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(lock_try(&uart_lock.lock));
	set(UARTDR, 'a');
	lock_release(&uart_lock.lock);
	assert_int_equal(fake.used, 0);
	assert_int_equal(pl011_read(&linux_vcpu, &direct, UARTRIS, 4, &value), MMIO_DONE);
	assert_string_equal(fake.out, "a");
}

/* The pCPU that takes the UART's interrupt does not come to it. */
static void a_driver_that_waits_for_room_makes_it(void **state)
{
	(void)state;
	back_up(0);
	assert_true(fake.mask & UART_TRANSMIT);
	assert_true(get(UARTFR) & FR_TXFF);
	fake.room = NO_LIMIT;
	assert_true(get(UARTFR) & FR_TXFF);
	assert_false(get(UARTFR) & FR_TXFF);
}

/* What was held becomes a backlog by that alone. */
static void a_transmitter_that_is_turned_on_announces_room(void **state)
{
	(void)state;
	set(UARTLCR_H, LCR_H_FEN);
	back_up(8); /* as much as the level */
	set(UARTCR, CR_UARTEN | CR_RXE);
	for (unsigned i = 0; i < 8; i++)
		set(UARTDR, 'h');
	set(UARTICR, INT_TX);
	set(UARTCR, CR_UARTEN | CR_RXE | CR_TXE);
	set(UARTIMSC, INT_TX);
	assert_false(line);
	fake.room = NO_LIMIT;
	console_uart_interrupt();
	pl011_serve(&config);
	assert_int_equal(console_tx_used(ring), 0);
	assert_int_equal(vcpu_shared[0].requests, REQUEST_DEVICES);
	assert_true(line);
}

static void reset_lets_the_last_line_out_and_keeps_input(void **state)
{
	(void)state;
	fake_system.vm_count = 2;
	set(UARTDR, 'a');
	arrive("b");
	pl011_reset(&config);
	console_drain();
	assert_string_equal(fake.out, "linux| a");
	assert_int_equal(get(UARTDR), 'b');
}

/* Whatever a guest does, and whatever the UART's pace. */
static void no_sequence_breaks_the_invariants(void **state)
{
	static const uint32_t offsets[] = {UARTDR, UARTDR, UARTDR, UARTFR, UARTRSR, UARTLCR_H,
		UARTCR, UARTIFLS, UARTIMSC, UARTIMSC, UARTRIS, UARTMIS, UARTICR, UARTDMACR};
	uint64_t random = 0x9e3779b97f4a7c15;
	uint32_t sent = 0, typed = 0, read = 0, taken = 0;

	(void)state;
	for (unsigned i = 0; i < 300000; i++) {
		uint64_t choice = random_next(&random);
		uint32_t offset = offsets[(choice >> 8) % (sizeof(offsets) / sizeof(offsets[0]))];
		uint32_t value = (uint32_t)(choice >> 32);

		if (offset == UARTCR)
			value |= choice & 0x30 ? CR_UARTEN | CR_TXE | CR_RXE : 0;
		switch (choice & 7) {
		case 0:
			if (fake.in_head == fake.in_tail)
				fake.in_head = fake.in_tail = 0;
			for (unsigned n = 0; n < (value & 31) && fake.in_head < 4096; n++)
				fake.in[fake.in_head++] = (uint8_t)(typed++ | 0x80);
			if (fake.mask & UART_RECEIVE)
				console_uart_interrupt();
			break;
		case 1:
			fake.room = value & 63;
			fake.used = 0;
			if (fake.mask & UART_TRANSMIT)
				console_uart_interrupt();
			for (unsigned n = 0; n < fake.used; n++)
				assert_int_equal((uint8_t)fake.out[n], (uint8_t)taken++);
			break;
		case 2:
		case 3:
			fake.room = 0;
			if (offset == UARTDR) {
				if (get(UARTFR) & FR_TXFF)
					break;
				value = sent++;
			}
			set(offset, value);
			break;
		default:
			fake.room = 0;
			if (offset == UARTDR && !(get(UARTFR) & FR_RXFE))
				assert_int_equal(get(UARTDR), (uint8_t)(read++ | 0x80));
			else if (offset != UARTDR)
				get(offset);
		}
		if (vcpu_shared[0].requests != 0) {
			vcpu_shared[0].requests = 0;
			pl011_serve(&config);
		}
		uint32_t raw = get(UARTRIS);
		uint32_t fr = get(UARTFR);

		assert_int_equal(line, (raw & get(UARTIMSC)) != 0);
		assert_int_equal(get(UARTMIS), raw & get(UARTIMSC));
		assert_true((fr & (FR_TXFE | FR_TXFF)) != (FR_TXFE | FR_TXFF));
		assert_true((fr & (FR_RXFE | FR_RXFF)) != (FR_RXFE | FR_RXFF));
		assert_in_range(console_tx_used(ring), 0, CONSOLE_TX_SIZE);
	}
	/* It did happen. */
	assert_in_range(read, 10000, UINT32_MAX);
	assert_in_range(taken, 10000, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registers_have_their_reset_values, reset),
		cmocka_unit_test_setup(registers_keep_the_bits_that_exist, reset),
		cmocka_unit_test_setup(read_only_registers_do_not_change, reset),
		cmocka_unit_test_setup(accesses_may_be_8_16_and_32_bits, reset),
		cmocka_unit_test_setup(output_passes_and_raises_the_transmit_interrupt, reset),
		cmocka_unit_test_setup(transmit_levels_are_crossings, reset),
		cmocka_unit_test_setup(without_fifos_there_is_one_transmit_entry, reset),
		cmocka_unit_test_setup(a_sleeping_guest_hears_of_room, reset),
		cmocka_unit_test_setup(a_crossing_that_nobody_saw_is_cleared_too, reset),
		cmocka_unit_test_setup(a_disabled_transmitter_holds_its_fifo, reset),
		cmocka_unit_test_setup(input_is_read_in_order, reset),
		cmocka_unit_test_setup(reading_lets_the_hardware_receive_again, reset),
		cmocka_unit_test_setup(receive_levels_are_reached, reset),
		cmocka_unit_test_setup(data_below_the_level_times_out, reset),
		cmocka_unit_test_setup(input_typed_ahead_still_interrupts, reset),
		cmocka_unit_test_setup(a_single_entry_interrupts_at_once, reset),
		cmocka_unit_test_setup(changing_the_fifo_depth_loses_nothing, reset),
		cmocka_unit_test_setup(a_disabled_receiver_takes_nothing_in, reset),
		cmocka_unit_test_setup(errors_come_with_their_character, reset),
		cmocka_unit_test_setup(masks_gate_the_line_only, reset),
		cmocka_unit_test_setup(a_prompt_is_shown_without_newline, reset),
		cmocka_unit_test_setup(input_that_arrives_as_the_line_falls_raises_it_again, reset),
		cmocka_unit_test_setup(with_direct_interrupts_any_read_sends_what_is_left, reset),
		cmocka_unit_test_setup(a_driver_that_waits_for_room_makes_it, reset),
		cmocka_unit_test_setup(a_transmitter_that_is_turned_on_announces_room, reset),
		cmocka_unit_test_setup(reset_lets_the_last_line_out_and_keeps_input, reset),
		cmocka_unit_test_setup(no_sequence_breaks_the_invariants, reset),
	};

	return cmocka_run_group_tests_name("pl011", tests, NULL, NULL);
}
