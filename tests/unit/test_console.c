/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_uart.h"

static struct console *const first = &vm_shared[0].console;
static struct console *const second = &vm_shared[1].console;

/* As the device model does it. */
static void write_text(struct console *console, const char *text)
{
	for (; *text != '\0'; text++) {
		console_put(console, (uint8_t)*text, false);
		console_drain();
	}
}

static int one_vm(void **state)
{
	(void)state;
	fake_boot(1);
	return 0;
}

static int two_vms(void **state)
{
	(void)state;
	fake_boot(2);
	return 0;
}

static void bytes_of_a_single_vm_pass_as_they_are(void **state)
{
	(void)state;
	write_text(first, "a\r\n# \x1b[6n\xff");
	assert_string_equal(fake.out, "a\r\n# \x1b[6n\xff");
	assert_int_equal(fake.mask, UART_RECEIVE);
}

static void lines_of_several_vms_do_not_mix(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		write_text(first, "one ");
		write_text(second, "two ");
		write_text(second, "three\n");
		write_text(first, "four\r\n");
	}
	assert_string_equal(fake.out, "rt| two three\nlinux| one four\r\n"
				      "rt| two three\nlinux| one four\r\n"
				      "rt| two three\nlinux| one four\r\n");
}

static void an_incomplete_line_goes_out_when_flushed(void **state)
{
	(void)state;
	write_text(first, "# ");
	assert_string_equal(fake.out, "");
	assert_true(console_flush(first));
	assert_false(console_flush(first));
	console_drain();
	assert_string_equal(fake.out, "linux| # ");
	write_text(first, "ls\r\n");
	assert_string_equal(fake.out, "linux| # ls\r\n");
}

static void another_vm_ends_an_open_line(void **state)
{
	(void)state;
	write_text(first, "# ");
	console_flush(first);
	console_drain();
	write_text(second, "tick\n");
	write_text(first, "ls\n");
	assert_string_equal(fake.out, "linux| # \r\nrt| tick\nlinux| ls\n");
}

static void a_very_long_line_goes_out_in_pieces(void **state)
{
	char expected[5000] = "rt| ";

	(void)state;
	for (unsigned i = 0; i < 3000; i++)
		write_text(second, "x");
	write_text(second, "\n");
	memset(expected + 4, 'x', 3000);
	expected[3004] = '\n';
	assert_string_equal(fake.out, expected);
}

static void a_full_fifo_leaves_the_rest_to_the_interrupt(void **state)
{
	(void)state;
	fake.room = 3;
	write_text(first, "abcdef");
	assert_string_equal(fake.out, "abc");
	assert_int_equal(fake.mask, UART_RECEIVE | UART_TRANSMIT);
	fake.room = 2;
	console_uart_interrupt();
	assert_int_equal(fake.acknowledged, 1);
	assert_string_equal(fake.out, "abcde");
	assert_int_equal(fake.mask, UART_RECEIVE | UART_TRANSMIT);
	fake.room = NO_LIMIT;
	console_uart_interrupt();
	assert_string_equal(fake.out, "abcdef");
	assert_int_equal(fake.mask, UART_RECEIVE);
}

/* The prefix, too, resumes where the hardware had no more room, whatever the others do meanwhile. */
static void output_by_single_characters_is_the_same(void **state)
{
	(void)state;
	fake.room = 0;
	write_text(first, "one\n");
	write_text(second, "two\n");
	write_text(first, "three");
	console_flush(first);
	for (unsigned i = 0; i < 100; i++) {
		fake.room = 1;
		console_uart_interrupt();
	}
	write_text(second, "four\n");
	for (unsigned i = 0; i < 100; i++) {
		fake.room = 1;
		console_uart_interrupt();
	}
	assert_string_equal(fake.out, "linux| one\nrt| two\nlinux| three\r\nrt| four\n");
}

static void a_held_lock_delays_output_and_loses_none(void **state)
{
	(void)state;
	assert_true(lock_try(&uart.lock));
	write_text(first, "abc");
	assert_string_equal(fake.out, "");
	lock_release(&uart.lock);
	console_drain(); /* as every holder does */
	assert_string_equal(fake.out, "abc");
}

static void write_late(void)
{
	fake.meanwhile = NULL;
	assert_false(lock_try(&uart.lock));
	write_text(second, "late\n");
}

static void what_comes_late_in_an_interrupt_is_not_left(void **state)
{
	(void)state;
	fake.room = 0;
	write_text(first, "early\n");
	fake.room = NO_LIMIT;
	fake.meanwhile = write_late;
	console_uart_interrupt();
	assert_string_equal(fake.out, "linux| early\nrt| late\n");
}

static void what_comes_late_in_a_drain_is_not_left(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE; i++)
		fake_type("x");
	console_uart_interrupt();
	while (console_rx_used(first) > 0)
		console_remove(first);
	fake.meanwhile = write_late;
	console_drain();
	assert_string_equal(fake.out, "rt| late\n");
}

static void nothing_held_goes_out(void **state)
{
	(void)state;
	console_put(first, 'a', true);
	console_put(first, '\n', true);
	console_drain();
	assert_string_equal(fake.out, "");
	console_flush(first);
	console_drain();
	assert_string_equal(fake.out, "a\n");
}

static void room_is_announced_once_the_ring_is_half_empty(void **state)
{
	(void)state;
	fake.room = 0;
	for (unsigned i = 0; i < CONSOLE_TX_SIZE; i++)
		console_put(first, 'x', false);
	assert_int_equal(console_tx_used(first), CONSOLE_TX_SIZE);
	console_wait_tx(first);
	console_drain();
	fake.room = CONSOLE_TX_SIZE / 2 - 1;
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 0);
	fake.room = 1;
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 1);
	assert_int_equal(vcpu_shared[0].work, WORK_CONSOLE);
	vcpu_shared[0].work = 0;
	fake.room = NO_LIMIT;
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 1);
}

static void room_that_came_before_the_wish_is_announced_too(void **state)
{
	(void)state;
	console_wait_tx(first);
	console_drain();
	assert_int_equal(fake.kicks[0], 1);
}

static void no_pass_is_endless(void **state)
{
	(void)state;
	fake.room = 0;
	for (unsigned i = 0; i < CONSOLE_TX_SIZE / 2; i++) {
		console_put(first, 'x', false);
		console_put(second, 'y', false);
	}
	console_put(first, '\n', false);
	console_put(second, '\n', false);
	console_put(first, '\n', false);
	fake.room = NO_LIMIT;
	console_drain();
	assert_int_equal(console_tx_used(first) + console_tx_used(second), CONSOLE_TX_SIZE + 3 - PASS_LIMIT);
	assert_int_equal(fake.mask, UART_RECEIVE | UART_TRANSMIT);
	console_uart_interrupt();
	assert_int_equal(console_tx_used(first) + console_tx_used(second), 0);
}

static void input_goes_to_the_first_vm(void **state)
{
	(void)state;
	fake_type("hi");
	fake.in[fake.in_head++] = UART_BREAK;
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 1);
	assert_int_equal(vcpu_shared[0].work, WORK_CONSOLE);
	assert_int_equal(console_rx_used(first), 3);
	assert_int_equal(console_rx_used(second), 0);
	assert_int_equal(console_peek(first, 1), 'i');
	assert_int_equal(console_peek(first, 2), UART_BREAK);
	console_remove(first);
	assert_int_equal(console_peek(first, 0), 'i');
	assert_int_equal(console_rx_used(first), 2);
}

static void input_on_a_pcpu_of_the_vm_needs_no_kick(void **state)
{
	struct vcpu vcpu = {.vm = &vms[0]};

	(void)state;
	host_vcpu = &vcpu;
	fake_type("x");
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 0);
	assert_int_equal(worked, 1);
	console_uart_interrupt();
	assert_int_equal(worked, 1);
}

static void a_full_rx_ring_stops_the_hardware_until_half_is_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE + 10; i++)
		fake.in[fake.in_head++] = (uint8_t)i;
	console_uart_interrupt();
	assert_int_equal(console_rx_used(first), CONSOLE_RX_SIZE);
	assert_int_equal(fake.mask, 0);
	for (unsigned i = 0; i < CONSOLE_RX_SIZE / 2; i++) {
		assert_int_equal(fake.mask, 0);
		assert_int_equal(console_peek(first, 0), (uint8_t)i);
		console_remove(first);
		console_drain();
	}
	assert_int_equal(fake.mask, UART_RECEIVE);
	console_uart_interrupt();
	for (unsigned i = CONSOLE_RX_SIZE / 2; i < CONSOLE_RX_SIZE + 10; i++) {
		assert_int_equal(console_peek(first, 0), (uint8_t)i);
		console_remove(first);
	}
	assert_int_equal(console_rx_used(first), 0);
}

static void the_hypervisors_messages_have_their_own_lines(void **state)
{
	(void)state;
	print("Pinion %d\n", 1);
	write_text(first, "# ");
	console_flush(first);
	console_drain();
	print("fault ");
	print("at %lx\n", 0x40ul);
	write_text(first, "ls\n");
	assert_string_equal(fake.out, "Pinion 1\r\nlinux| # \r\nfault at 40\r\nlinux| ls\n");
}

static void a_vm_ends_a_message_without_newline(void **state)
{
	(void)state;
	print("half");
	write_text(second, "tick\n");
	assert_string_equal(fake.out, "half\r\nrt| tick\n");
}

static void raw_messages_ignore_the_lock(void **state)
{
	(void)state;
	assert_true(lock_try(&uart.lock));
	print_raw("panic: %s\n", "x");
	assert_string_equal(fake.out, "panic: x\r\n");
}

static void each_message_releases_the_lock_and_drains(void **state)
{
	(void)state;
	assert_true(lock_try(&uart.lock));
	write_text(first, "abc\n");
	lock_release(&uart.lock);
	print("message\n");
	assert_string_equal(fake.out, "message\r\nlinux| abc\n");
	assert_true(lock_try(&uart.lock));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bytes_of_a_single_vm_pass_as_they_are, one_vm),
		cmocka_unit_test_setup(lines_of_several_vms_do_not_mix, two_vms),
		cmocka_unit_test_setup(an_incomplete_line_goes_out_when_flushed, two_vms),
		cmocka_unit_test_setup(another_vm_ends_an_open_line, two_vms),
		cmocka_unit_test_setup(a_very_long_line_goes_out_in_pieces, two_vms),
		cmocka_unit_test_setup(a_full_fifo_leaves_the_rest_to_the_interrupt, one_vm),
		cmocka_unit_test_setup(output_by_single_characters_is_the_same, two_vms),
		cmocka_unit_test_setup(a_held_lock_delays_output_and_loses_none, one_vm),
		cmocka_unit_test_setup(what_comes_late_in_an_interrupt_is_not_left, two_vms),
		cmocka_unit_test_setup(what_comes_late_in_a_drain_is_not_left, two_vms),
		cmocka_unit_test_setup(nothing_held_goes_out, one_vm),
		cmocka_unit_test_setup(room_is_announced_once_the_ring_is_half_empty, one_vm),
		cmocka_unit_test_setup(room_that_came_before_the_wish_is_announced_too, one_vm),
		cmocka_unit_test_setup(no_pass_is_endless, two_vms),
		cmocka_unit_test_setup(input_goes_to_the_first_vm, two_vms),
		cmocka_unit_test_setup(input_on_a_pcpu_of_the_vm_needs_no_kick, two_vms),
		cmocka_unit_test_setup(a_full_rx_ring_stops_the_hardware_until_half_is_read, two_vms),
		cmocka_unit_test_setup(the_hypervisors_messages_have_their_own_lines, two_vms),
		cmocka_unit_test_setup(a_vm_ends_a_message_without_newline, two_vms),
		cmocka_unit_test_setup(raw_messages_ignore_the_lock, two_vms),
		cmocka_unit_test_setup(each_message_releases_the_lock_and_drains, two_vms),
	};

	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
