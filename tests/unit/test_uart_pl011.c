/* SPDX-License-Identifier: Apache-2.0 */
/* The driver of the hypervisor's own PL011, over fake registers. */
#include "unit.h"

#include "uart/pl011_registers.h"
#include "uart/uart_drivers.h"

#define BASE 0x9000000ull

/* A PL011 with just enough behind its registers. */
static uint32_t registers[0x1000 / 4];
static uint32_t busy_reads; /* reads of FR that still say BUSY */
static uint32_t line_control_writes;
static bool enabled_while_programmed;

uint32_t raw_read32(uint64_t pa)
{
	uint32_t offset = (uint32_t)(pa - BASE);

	assert_in_range(offset, 0, 0xffc);
	if (offset == UARTFR && busy_reads > 0) {
		busy_reads--;
		return registers[offset / 4] | FR_BUSY;
	}
	return registers[offset / 4];
}

void raw_write32(uint64_t pa, uint32_t value)
{
	uint32_t offset = (uint32_t)(pa - BASE);

	assert_in_range(offset, 0, 0xffc);
	if (offset == UARTLCR_H) {
		line_control_writes++;
		enabled_while_programmed |=
			(registers[UARTCR / 4] & CR_UARTEN) != 0 || busy_reads > 0;
	}
	if (offset == UARTIBRD || offset == UARTFBRD)
		line_control_writes = 0;
	registers[offset / 4] = value;
}

static int setup(void **state)
{
	(void)state;
	memset(registers, 0, sizeof(registers));
	registers[UARTCR / 4] = CR_UARTEN | CR_TXE | CR_RXE;
	registers[UARTIMSC / 4] = INT_ALL;
	registers[UARTIBRD / 4] = 77;
	busy_reads = 3;
	line_control_writes = 0;
	enabled_while_programmed = false;
	return 0;
}

static void it_is_programmed_while_disabled_and_idle(void **state)
{
	const struct uart_config config = {.base = BASE, .divisor = 13 * 64 + 1};

	(void)state;
	uart_pl011.init(&config);
	assert_false(enabled_while_programmed);
	assert_int_equal(busy_reads, 0);
	assert_int_equal(registers[UARTIBRD / 4], 13);
	assert_int_equal(registers[UARTFBRD / 4], 1);
	assert_int_not_equal(line_control_writes, 0); /* or the divisor would not be taken over */
	assert_int_equal(registers[UARTLCR_H / 4], LCR_H_WLEN_8 | LCR_H_FEN);
	assert_int_equal(registers[UARTIMSC / 4], 0);
	assert_int_equal(registers[UARTICR / 4], INT_ALL);
	assert_int_equal(registers[UARTCR / 4], CR_UARTEN | CR_TXE | CR_RXE);
}

static void the_firmwares_baud_rate_stays_without_a_divisor(void **state)
{
	const struct uart_config config = {.base = BASE};

	(void)state;
	uart_pl011.init(&config);
	assert_int_equal(registers[UARTIBRD / 4], 77);
	assert_int_equal(registers[UARTFBRD / 4], 0);
}

static void a_generic_uart_is_left_as_the_firmware_set_it_up(void **state)
{
	const struct uart_config config = {.base = BASE, .divisor = 13 * 64 + 1};
	uint32_t before[sizeof(registers) / sizeof(registers[0])];

	(void)state;
	busy_reads = 0;
	registers[UARTFR / 4] = FR_RXFE;
	memcpy(before, registers, sizeof(before));
	uart_sbsa.init(&config);
	assert_int_equal(registers[UARTIMSC / 4], 0);
	assert_int_equal(registers[UARTICR / 4], INT_ALL);
	before[UARTIMSC / 4] = 0;
	before[UARTICR / 4] = INT_ALL;
	assert_memory_equal(registers, before, sizeof(before));
	assert_true(uart_sbsa.put(&config, 'x'));
	assert_int_equal(registers[UARTDR / 4], 'x');
}

static void characters_go_out_while_there_is_room(void **state)
{
	const struct uart_config config = {.base = BASE};

	(void)state;
	assert_true(uart_pl011.put(&config, '\xe4'));
	assert_int_equal(registers[UARTDR / 4], 0xe4);
	registers[UARTFR / 4] = FR_TXFF;
	assert_false(uart_pl011.put(&config, 'b'));
	assert_int_equal(registers[UARTDR / 4], 0xe4);
}

static void characters_come_in_with_their_errors(void **state)
{
	const struct uart_config config = {.base = BASE};

	(void)state;
	busy_reads = 0;
	registers[UARTDR / 4] = 0xfffff000 | UART_BREAK | 'x';
	registers[UARTFR / 4] = FR_RXFE;
	assert_int_equal(uart_pl011.get(&config), -1);
	registers[UARTFR / 4] = 0;
	assert_int_equal(uart_pl011.get(&config), UART_BREAK | 'x');
}

static void interrupts_are_masked_as_asked(void **state)
{
	const struct uart_config config = {.base = BASE};

	(void)state;
	uart_pl011.interrupts(&config, UART_RECEIVE);
	assert_int_equal(registers[UARTIMSC / 4], INT_RX | INT_RT);
	uart_pl011.interrupts(&config, UART_TRANSMIT);
	assert_int_equal(registers[UARTIMSC / 4], INT_TX);
	uart_pl011.interrupts(&config, UART_RECEIVE | UART_TRANSMIT);
	assert_int_equal(registers[UARTIMSC / 4], INT_TX | INT_RX | INT_RT);
	uart_pl011.interrupts(&config, 0);
	assert_int_equal(registers[UARTIMSC / 4], 0);
	uart_pl011.acknowledge(&config);
	assert_int_equal(registers[UARTICR / 4], INT_TX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_programmed_while_disabled_and_idle, setup),
		cmocka_unit_test_setup(the_firmwares_baud_rate_stays_without_a_divisor, setup),
		cmocka_unit_test_setup(a_generic_uart_is_left_as_the_firmware_set_it_up, setup),
		cmocka_unit_test_setup(characters_go_out_while_there_is_room, setup),
		cmocka_unit_test_setup(characters_come_in_with_their_errors, setup),
		cmocka_unit_test_setup(interrupts_are_masked_as_asked, setup),
	};

	return cmocka_run_group_tests_name("uart_pl011", tests, NULL, NULL);
}
