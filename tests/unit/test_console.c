/* SPDX-License-Identifier: Apache-2.0 */
/* Output of the VMs' consoles: whose line is next, how much one exit sends, and who goes on. */
#include "fake_uart.h"

static struct console *const first = &vm_shared[0].console;
static struct console *const second = &vm_shared[1].console;

static void drain(const struct console *console)
{
	fake_mark(console == second);
	console_drain();
}

/* As the device model does it. */
static struct vcpu other_vcpu = {.vm = &vms[0], .config = &vcpus[0]};

static void write_text(struct console *console, const char *text)
{
	for (; *text != '\0'; text++) {
		console_put(console, (uint8_t)*text, false);
		drain(console);
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
	drain(first);
	assert_string_equal(fake.out, "linux| # ");
	write_text(first, "ls\r\n");
	assert_string_equal(fake.out, "linux| # ls\r\n");
}

static void another_vm_ends_an_open_line(void **state)
{
	(void)state;
	write_text(first, "# ");
	console_flush(first);
	drain(first);
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

/* A prefix, too, goes on where the hardware had no more room, whatever others do meanwhile. */
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
	assert_true(lock_try(&uart_lock.lock));
	write_text(first, "abc");
	assert_string_equal(fake.out, "");
	lock_release(&uart_lock.lock);
	console_drain(); /* as every holder does */
	assert_string_equal(fake.out, "abc");
}

static void write_late(void)
{
	fake.meanwhile = NULL;
	assert_false(lock_try(&uart_lock.lock));
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
	drain(first);
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
	drain(first);
	fake.room = CONSOLE_TX_SIZE / 2 - 1;
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 0);
	fake.room = 1;
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 1);
	assert_int_equal(vcpu_shared[0].requests, REQUEST_DEVICES);
	vcpu_shared[0].requests = 0;
	fake.room = NO_LIMIT;
	console_uart_interrupt();
	assert_int_equal(fake.kicks[0], 1);
}

static void room_that_came_before_the_wish_is_announced_too(void **state)
{
	(void)state;
	console_wait_tx(first);
	drain(first);
	assert_int_equal(fake.kicks[0], 1);
}

static void fill(struct console *console, char c)
{
	while (console_tx_used(console) < CONSOLE_TX_SIZE)
		console_put(console, (uint8_t)c, false);
	fake_mark(console == second);
}

static uint32_t waiting(void)
{
	return console_tx_used(first) + console_tx_used(second);
}

/* As if the pCPU that takes the UART's interrupt were loading its VM's images: another VM goes on
 * writing at the UART's pace. */
static void output_does_not_wait_for_the_pcpu_with_the_uart(void **state)
{
	(void)state;
	host_vcpu = &other_vcpu;
	fake.room = 5;
	write_text(first, "longer than the FIFO\n");
	assert_true(fake.mask & UART_TRANSMIT);
	fake.room = NO_LIMIT;
	write_text(first, "a line\n");
	assert_int_equal(fake.used, 5); /* little is left to the interrupt */
	for (unsigned i = 0; i < 100; i++) {
		write_text(first, "another line\n");
		assert_true(console_tx_used(first) <= CONSOLE_TX_SIZE / 2);
	}
	assert_false(fake.mask & UART_TRANSMIT);
	assert_int_equal(console_tx_used(first), 0);
}

static void a_hold_of_the_lock_is_short(void **state)
{
	(void)state;
	fill(first, 'x');
	fill(second, '\n');
	assert_true(pass());
	assert_in_range(fake.used, PASS_LIMIT, PASS_LIMIT + LINE_LIMIT + sizeof("\r\nlinux| "));
	assert_int_equal(fake.mask, UART_RECEIVE);
}

/* However fast the UART is, one pCPU does not send everything: it asks the writers to go on. */
static void what_is_too_much_goes_back_to_its_writers(void **state)
{
	(void)state;
	fill(first, 'x');
	fill(second, '\n');
	console_drain();
	assert_in_range(fake.used, PASSES * PASS_LIMIT,
		PASSES * (PASS_LIMIT + LINE_LIMIT + sizeof("\r\nlinux| ")));
	assert_true(waiting() > 0);
	assert_int_equal(fake.mask, UART_RECEIVE);
	for (unsigned i = 0; waiting() > 0; i++) {
		assert_true(i < 10);
		assert_true(vcpu_shared[0].requests == REQUEST_CONSOLE ||
			    vcpu_shared[1].requests == REQUEST_CONSOLE);
		memset(vcpu_shared, 0, sizeof(vcpu_shared));
		fake_work();
	}
}

static void write_another(void)
{
	if (console_tx_used(second) == CONSOLE_TX_SIZE)
		return;
	console_put(second, 'y', false);
	console_flush(second);
	drain(second);
}

static void a_flood_of_another_vm_holds_nobody_up(void **state)
{
	(void)state;
	host_vcpu = &other_vcpu;
	fake.on_put = write_another;
	write_text(first, "one line\n");
	fake.on_put = NULL;
	host_vcpu = &fake_vcpu;
	assert_in_range(fake.used, 1, 2 * (PASS_LIMIT + LINE_LIMIT));
	assert_non_null(strstr(fake.out, "linux| one line\n"));
	assert_true(console_tx_used(second) > 0);
	assert_int_equal(vcpu_shared[1].requests, REQUEST_CONSOLE);
	fake_work();
	assert_int_equal(console_tx_used(second), 0);
}

/*
 * The hardware takes `count` characters more, a few at a time, while the first VM writes all that
 * it can.
 */
static void flood(const char *text, unsigned count)
{
	const char *c = text;

	for (; count > 0; count--) {
		for (; console_tx_used(first) < CONSOLE_TX_SIZE; c = c[1] ? c + 1 : text)
			console_put(first, (uint8_t)*c, false);
		fake_mark(0);
		fake.room = 1;
		console_uart_interrupt();
	}
}

static void a_flood_delays_another_vm_by_a_line(void **state)
{
	const char *written, *shown;

	(void)state;
	fake.room = 0;
	flood("all work\n", 100);
	written = fake.out + fake.used;
	console_put(second, '!', false);
	console_put(second, '\n', false);
	fake_mark(1);
	flood("all work\n", 100);
	shown = strstr(written, "rt| !\n");
	assert_non_null(shown);
	assert_in_range(shown - written, 0, sizeof("linux| all work\n"));
}

static void so_does_one_that_has_no_lines(void **state)
{
	const char *written, *shown;

	(void)state;
	fake.room = 0;
	flood("x", 100);
	written = fake.out + fake.used;
	console_put(second, '!', false);
	console_put(second, '\n', false);
	fake_mark(1);
	flood("x", 500);
	shown = strstr(written, "rt| !\n");
	assert_non_null(shown);
	assert_in_range(shown - written, 0, LINE_LIMIT + 2);
}

static void what_was_sent_can_still_be_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		write_text(first, i % 2 ? "b" : "a");
	assert_int_equal(console_tx_used(first), 0);
	for (uint32_t i = 1; i <= OUTPUT_HISTORY; i++)
		assert_int_equal(output_at(&first->tx, first->tx.head - i), i % 2 ? 'b' : 'a');
}

/* The first VM does not read its input as fast as it comes. It is not asked to send what another VM
 * has left. */
static void a_slow_reader_is_not_asked_for_anothers_output(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE + 50; i++)
		fake_type("x");
	console_uart_interrupt();
	assert_int_equal(fake.mask, 0);
	vcpu_shared[0].requests = 0;
	fake.kicks[0] = 0;
	fill(second, '\n');
	console_drain();
	assert_true(console_tx_used(second) > 0);
	assert_int_equal(fake.kicks[0], 0);
	for (unsigned i = 0; i < CONSOLE_RX_SIZE / 2; i++)
		console_remove(first);
	atomic_store(&draining.interrupts, 0);
	hand_over();
	assert_int_equal(fake.kicks[0], 1); /* it may have come in vain */
}

/* A VM with direct interrupts has left a line, because its pCPU found the UART taken, and its
 * driver makes no further access. */
static void what_nobody_comes_for_is_sent_in_a_second(void **state)
{
	(void)state;
	host_comes = false;
	host_counter = 7000;
	host_vcpu = &other_vcpu;
	fake.on_put = write_another;
	write_text(first, "one line\n");
	fake.on_put = NULL;
	assert_true(console_tx_used(second) > 0);
	host_vcpu = &fake_vcpu;
	assert_int_equal(fake.timer, TIMER_NEVER);
	assert_int_equal(vcpu_shared[1].requests, REQUEST_CONSOLE);
	console_put(second, 'y', true); /* more than console_serve() looks at */
	vcpu_shared[1].requests = 0;
	lock_acquire(&uart_lock.lock);
	fake_work();
	lock_release(&uart_lock.lock);
	assert_in_range(fake.timer, host_counter, host_counter + 1001);
	host_counter = fake.timer;
	deadline_set(&fake_vcpu, DEADLINE_CONSOLE, TIMER_NEVER);
	console_uart_interrupt();
	assert_int_equal(output_ready(&second->tx), 0);
	assert_int_equal(fake.timer, TIMER_NEVER);
	host_comes = true;
}

static bool held_in_init;

static void waiting_init(const struct uart_config *config)
{
	fake_init(config);
	held_in_init = !lock_try(&uart_lock.lock);
	if (!held_in_init)
		lock_release(&uart_lock.lock);
}

/* The hardware may take long to send what the VM has left in its FIFO. */
static void nobody_waits_while_the_uart_is_taken_back(void **state)
{
	struct uart_driver slow = fake_driver;

	(void)state;
	slow.init = waiting_init;
	fake_system.uart.driver = &slow;
	fake_system.uart.owner = &vms[0];
	host_vcpu = &other_vcpu;
	held_in_init = true;
	console_regain(&vms[0]); /* which it has not had */
	assert_true(held_in_init);
	console_lend(&vms[0]);
	assert_true(is_lent());
	console_regain(&vms[0]);
	assert_false(held_in_init);
	assert_false(is_lent());
}

static void messages_at_boot_wait_and_let_go_of_the_lock(void **state)
{
	(void)state;
	host_vcpu = NULL;
	print("Pinion %d\n", 1);
	assert_string_equal(fake.out, "Pinion 1\r\n");
	assert_true(lock_try(&uart_lock.lock));
}

static void raw_messages_ignore_the_lock(void **state)
{
	(void)state;
	assert_true(lock_try(&uart_lock.lock));
	print_raw("panic: %s\n", "x");
	assert_string_equal(fake.out, "panic: x\r\n");
}

/* The boot CPU has started pCPUs that run their VMs, and tells of one that does not start. */
static void the_boot_cpu_speaks_while_vms_run(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE; i++)
		fake_type("x");
	console_uart_interrupt();
	assert_int_equal(fake.mask, 0); /* the first VM has not read any of it yet */
	host_vcpu = NULL;
	print("pCPU 3 does not start\n");
	host_vcpu = &fake_vcpu;
	assert_string_equal(fake.out, "pCPU 3 does not start\r\n");
}

static void write_ahead(void)
{
	while (console_tx_used(first) < 200)
		console_put(first, '\n', false);
	fake_mark(0);
}

/* A VM that cannot be kicked has written more than the boot CPU sends. */
static void the_boot_cpu_hands_over(void **state)
{
	(void)state;
	host_comes = false;
	host_vcpu = NULL;
	fake.on_put = write_ahead;
	print("pCPU 3 does not start\n");
	fake.on_put = NULL;
	host_vcpu = &fake_vcpu;
	host_comes = true;
	assert_true(console_tx_used(first) > 0);
	assert_int_equal(vcpu_shared[0].requests, REQUEST_CONSOLE);
	assert_int_equal(vcpu_shared[1].requests, REQUEST_CONSOLE); /* it has the UART */
}

static uint32_t looks, full;

/* Its FIFO drains while we look. */
static bool slow_put(const struct uart_config *config, char c)
{
	if (fake.room == 0 && ++full % 3 == 0)
		fake.room = 10;
	return fake_put(config, c);
}

static bool slow_idle(const struct uart_config *config)
{
	(void)config;
	return ++looks % 3 == 0;
}

static void the_machine_goes_off_when_all_is_out(void **state)
{
	struct uart_driver slow = fake_driver;

	(void)state;
	slow.put = slow_put;
	slow.idle = slow_idle;
	fake_system.uart.driver = &slow;
	looks = full = 0;
	fake.room = 5;
	print("linux: off\n");
	write_text(first, "the last words\n");
	vm_shared[0].reports.lost = 3;
	assert_int_equal(fake.used, 5);
	report_finish();
	assert_non_null(strstr(fake.out, "linux: off\r\n"));
	assert_non_null(strstr(fake.out, "linux| the last words\n"));
	assert_non_null(strstr(fake.out, "linux: 3 lines lost here\r\n"));
	assert_true(looks >= 3 && full > 3);
}

static void a_dead_uart_does_not_keep_the_machine_on(void **state)
{
	(void)state;
	fake.room = 0;
	write_text(first, "never seen\n");
	report_finish();
	assert_int_equal(fake.used, 0);
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
		cmocka_unit_test_setup(output_does_not_wait_for_the_pcpu_with_the_uart, two_vms),
		cmocka_unit_test_setup(a_hold_of_the_lock_is_short, two_vms),
		cmocka_unit_test_setup(what_is_too_much_goes_back_to_its_writers, two_vms),
		cmocka_unit_test_setup(a_flood_of_another_vm_holds_nobody_up, two_vms),
		cmocka_unit_test_setup(a_flood_delays_another_vm_by_a_line, two_vms),
		cmocka_unit_test_setup(so_does_one_that_has_no_lines, two_vms),
		cmocka_unit_test_setup(what_was_sent_can_still_be_read, one_vm),
		cmocka_unit_test_setup(a_slow_reader_is_not_asked_for_anothers_output, two_vms),
		cmocka_unit_test_setup(what_nobody_comes_for_is_sent_in_a_second, two_vms),
		cmocka_unit_test_setup(nobody_waits_while_the_uart_is_taken_back, two_vms),
		cmocka_unit_test_setup(messages_at_boot_wait_and_let_go_of_the_lock, two_vms),
		cmocka_unit_test_setup(raw_messages_ignore_the_lock, two_vms),
		cmocka_unit_test_setup(the_boot_cpu_speaks_while_vms_run, two_vms),
		cmocka_unit_test_setup(the_boot_cpu_hands_over, two_vms),
		cmocka_unit_test_setup(the_machine_goes_off_when_all_is_out, two_vms),
		cmocka_unit_test_setup(a_dead_uart_does_not_keep_the_machine_on, two_vms),
	};

	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
