/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the hypervisor: whole reports, in rings per VM that may overflow, over the real
 * console.
 */
#include "fake_uart.h"

static struct vcpu linux_vcpus[2] = {
	{.vm = &vms[0], .config = &vcpus[0]}, {.vm = &vms[0], .config = &vcpus[0]}};

static int boot(void **state)
{
	(void)state;
	fake_boot(2);
	return 0;
}

static void as_vcpu_of(uint32_t vm)
{
	host_vcpu = vm == 0 ? &linux_vcpus[0] : &fake_vcpu;
}

static void write_line(uint32_t vm, const char *text)
{
	for (; *text != '\0'; text++)
		console_put(&vm_shared[vm].console, (uint8_t)*text, false);
	fake_mark(vm);
}

/* Lets everything out, a character at a time. */
static void send_all(void)
{
	for (unsigned i = 0; i < 20000; i++) {
		fake.room = 1;
		console_uart_interrupt();
	}
	fake.room = NO_LIMIT;
	console_uart_interrupt();
}

static void a_message_is_a_line_of_its_own(void **state)
{
	(void)state;
	write_line(0, "# ");
	console_flush(&vm_shared[0].console);
	fake_mark(0);
	console_drain();
	print("rt: %s\n", "off");
	write_line(0, "ls\n");
	console_drain();
	assert_string_equal(fake.out, "linux| # \r\nrt: off\r\nlinux| ls\n");
}

static void nobody_waits_for_the_uart(void **state)
{
	(void)state;
	fake.room = 0;
	print("rt: off\n");
	assert_true(lock_try(&uart_lock.lock));
	print("rt: and the lock is held\n");
	assert_int_equal(fake.used, 0);
	lock_release(&uart_lock.lock);
	send_all();
	assert_string_equal(fake.out, "rt: off\r\nrt: and the lock is held\r\n");
}

static void a_report_goes_out_when_it_is_complete(void **state)
{
	(void)state;
	report_begin();
	print("rt: first ");
	print("half\n");
	assert_string_equal(fake.out, "");
	print("  second\n");
	report_end();
	assert_string_equal(fake.out, "rt: first half\r\n  second\r\n");
}

/* What consoles write comes between the lines of a report, other reports do not. */
static void reports_do_not_tear_each_other(void **state)
{
	const char *order[] = {
		"rt: a\r\n", "  a2\r\n", "  a3\r\n", "linux: b\r\n", "  b2\r\n", "linux: c\r\n"};
	const char *at = fake.out;

	(void)state;
	fake.room = 0;
	report_begin();
	print("rt: a\n  a2\n  a3\n");
	report_end();
	as_vcpu_of(0);
	report_begin();
	print("linux: b\n  b2\n");
	report_end();
	print("linux: c\n");
	as_vcpu_of(1);
	for (unsigned i = 0; i < 4; i++)
		write_line(0, "tick\n");
	terminal.reporter = 1;
	send_all();
	for (unsigned i = 0; i < 6; i++) {
		at = strstr(at, order[i]);
		assert_non_null(at);
	}
	assert_non_null(strstr(fake.out, "rt: a\r\nlinux| tick\n  a2\r\nlinux| tick\n"));
}

static unsigned count(const char *text)
{
	unsigned n = 0;

	for (const char *at = fake.out; (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void what_finds_no_room_is_counted_by_lines(void **state)
{
	unsigned lost, kept;

	(void)state;
	fake.room = 0;
	for (unsigned i = 0; i < 200; i++)
		print("rt: line %u of some length, so that not all of them fit\n", i);
	send_all();
	/* the ring is empty, and the VM is asked to say what is missing */
	assert_int_equal(vcpu_shared[1].requests, REQUEST_CONSOLE);
	fake_work();
	kept = count("so that not all of them fit\r\n");
	assert_int_equal(sscanf(strstr(fake.out, "rt: line 0 of"), "rt: line %*u of"), 0);
	assert_int_equal(count("lines lost here\r\n"), 1);
	assert_int_equal(sscanf(strstr(fake.out, "lines lost") - 4, "%u", &lost) + (lost > 999), 1);
	assert_int_equal(kept + lost, 200);
	assert_true(kept > 40);
	assert_int_equal(vm_shared[1].reports.lost, 0);
	print("rt: off\n");
	assert_int_equal(count("rt: off\r\n"), 1);
}

static void a_loss_is_said_before_the_next_report(void **state)
{
	(void)state;
	vm_shared[1].reports.lost = 7;
	print("rt: crashed\n");
	assert_string_equal(fake.out, "rt: 7 lines lost here\r\nrt: crashed\r\n");
}

static void the_wish_for_room_survives_an_empty_ring(void **state)
{
	(void)state;
	terminal.reporter = 1; /* so that it is the last to be looked at */
	vm_shared[1].reports.lost = 2;
	output_want_room(&vm_shared[1].reports.out);
	console_drain();
	assert_int_equal(vcpu_shared[1].requests, REQUEST_CONSOLE);
	fake_work();
	assert_string_equal(fake.out, "rt: 2 lines lost here\r\n");
}

/* Another VM's messages and console may be as full as they like. */
static void a_report_survives_the_floods_of_others(void **state)
{
	char expected[64];

	(void)state;
	fake.room = 0;
	for (unsigned i = 0; i < 500; i++)
		print("rt: reset, restarts\n");
	while (console_tx_used(&vm_shared[1].console) < CONSOLE_TX_SIZE)
		write_line(1, "y");
	as_vcpu_of(0);
	report_begin();
	for (unsigned i = 0; i < 14; i++)
		print("  x%u 0123456789abcdef  0123456789abcdef  0123456789abcdef  0123456789abcdef\n",
			i);
	report_end();
	as_vcpu_of(1);
	send_all();
	for (unsigned i = 0; i < 14; i++) {
		snprintf(expected, sizeof(expected), "  x%u 0123456789abcdef  0123", i);
		assert_int_equal(count(expected), 1);
	}
	assert_int_equal(vm_shared[0].reports.lost, 0);
}

static void a_line_longer_than_the_ring_is_lost_alone(void **state)
{
	char text[OUTPUT_SIZE + 100];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	report_begin();
	print("rt: before\n");
	print("%s\n", text);
	print("rt: after\n");
	report_end();
	report_lost();
	assert_string_equal(fake.out, "rt: before\r\nrt: after\r\nrt: 1 lines lost here\r\n");
}

static void a_text_without_newline_is_ended_by_the_next_line(void **state)
{
	(void)state;
	print("half");
	write_line(1, "tick\n");
	console_drain();
	assert_string_equal(fake.out, "half\r\nrt| tick\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_message_is_a_line_of_its_own, boot),
		cmocka_unit_test_setup(nobody_waits_for_the_uart, boot),
		cmocka_unit_test_setup(a_report_goes_out_when_it_is_complete, boot),
		cmocka_unit_test_setup(reports_do_not_tear_each_other, boot),
		cmocka_unit_test_setup(what_finds_no_room_is_counted_by_lines, boot),
		cmocka_unit_test_setup(a_loss_is_said_before_the_next_report, boot),
		cmocka_unit_test_setup(the_wish_for_room_survives_an_empty_ring, boot),
		cmocka_unit_test_setup(a_report_survives_the_floods_of_others, boot),
		cmocka_unit_test_setup(a_line_longer_than_the_ring_is_lost_alone, boot),
		cmocka_unit_test_setup(a_text_without_newline_is_ended_by_the_next_line, boot),
	};

	return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
