/* SPDX-License-Identifier: Apache-2.0 */
/* What is typed: the escape key, who gets the rest, and what is thrown away. */
#include "fake_uart.h"

static struct console *const first = &vm_shared[0].console;
static struct console *const second = &vm_shared[1].console;

static int two_vms(void **state)
{
	(void)state;
	fake_boot(2);
	return 0;
}

static void input_goes_to_the_first_vm(void **state)
{
	(void)state;
	fake_type("hi");
	fake.in[fake.in_head++] = UART_BREAK;
	assert_false(console_uart_interrupt());
	assert_int_equal(fake.kicks[0], 1);
	assert_int_equal(vcpu_shared[0].requests, REQUEST_DEVICES);
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
	assert_true(console_uart_interrupt());
	assert_int_equal(fake.kicks[0], 0);
	assert_false(console_uart_interrupt());
}

static void a_full_rx_ring_stops_the_hardware_until_half_is_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE + 10; i++)
		fake.in[fake.in_head++] = (uint8_t)(i | 0x20);
	console_uart_interrupt();
	assert_int_equal(console_rx_used(first), CONSOLE_RX_SIZE);
	assert_int_equal(fake.mask, 0);
	for (unsigned i = 0; i < CONSOLE_RX_SIZE / 2; i++) {
		assert_int_equal(fake.mask, 0);
		assert_int_equal(console_peek(first, 0), (uint8_t)(i | 0x20));
		console_remove(first);
		console_drain();
	}
	assert_int_equal(fake.mask, UART_RECEIVE);
	console_uart_interrupt();
	for (unsigned i = CONSOLE_RX_SIZE / 2; i < CONSOLE_RX_SIZE + 10; i++) {
		assert_int_equal(console_peek(first, 0), (uint8_t)(i | 0x20));
		console_remove(first);
	}
	assert_int_equal(console_rx_used(first), 0);
}

/* True: it was for a VM of the pCPU that takes the interrupt. */
static bool type_and_interrupt(const char *keys)
{
	fake_type(keys);
	return console_uart_interrupt();
}

static void escape_and_a_digit_switch_the_input(void **state)
{
	(void)state;
	assert_true(type_and_interrupt("ab\x1d"
				       "1cd"));
	assert_int_equal(console_rx_used(first), 2);
	assert_int_equal(vcpu_shared[0].requests, REQUEST_DEVICES);
	assert_int_equal(console_rx_used(second), 2);
	assert_int_equal(console_peek(second, 0), 'c');
	type_and_interrupt("\x1d");
	type_and_interrupt("0");
	type_and_interrupt("e");
	assert_int_equal(input_selected(), 0);
	assert_int_equal(console_rx_used(first), 3);
	assert_int_equal(console_rx_used(second), 2);
}

static void escape_twice_is_a_character(void **state)
{
	(void)state;
	type_and_interrupt("\x1d\x1d"
			   "1");
	assert_int_equal(console_rx_used(first), 2);
	assert_int_equal(console_peek(first, 0), INPUT_ESCAPE);
	assert_int_equal(console_peek(first, 1), '1');
}

static void any_other_key_opens_the_monitor(void **state)
{
	static const char *const keys[] = {"\x1dm", "\x1d\r", "\x1d\x1b",
		"\x1d"
		"2"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		input_select(0);
		type_and_interrupt(keys[i]);
		assert_int_equal(input_selected(), 2);
	}
	type_and_interrupt("vms");
	assert_int_equal(console_rx_used(console_of(2)), 3);
	assert_int_equal(console_rx_used(first) + console_rx_used(second), 0);
}

static void a_broken_escape_is_none(void **state)
{
	(void)state;
	fake.in[fake.in_head++] = UART_FRAMING_ERROR | INPUT_ESCAPE;
	type_and_interrupt("1");
	assert_int_equal(input_selected(), 0);
	assert_int_equal(console_rx_used(first), 2);
}

/* What was lost was before it. */
static void an_escape_behind_an_overrun_is_one(void **state)
{
	(void)state;
	fake.in[fake.in_head++] = UART_OVERRUN | INPUT_ESCAPE;
	fake.in[fake.in_head++] = UART_OVERRUN | '1';
	fake.in[fake.in_head++] = UART_OVERRUN | 'x';
	console_uart_interrupt();
	assert_int_equal(input_selected(), 1);
	assert_int_equal(console_peek(second, 0), UART_OVERRUN | 'x');
}

/* Otherwise the escape key would be stuck behind it. */
static void what_nobody_reads_is_thrown_away(void **state)
{
	(void)state;
	vm_shared[0].life = VM_LIFE(VM_CRASHED, VM_STOP_NONE, 1);
	for (unsigned i = 0; i < 2 * CONSOLE_RX_SIZE; i++)
		fake_type("x");
	type_and_interrupt("\x1d"
			   "1y");
	assert_int_equal(console_rx_used(first), 0);
	assert_int_equal(console_rx_used(second), 1);
}

static void a_vm_that_ends_with_a_full_rx_ring_lets_go(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE; i++)
		fake_type("x");
	console_uart_interrupt();
	assert_int_equal(fake.mask, 0);
	vm_shared[0].life = VM_LIFE(VM_STOPPING, VM_STOP_CRASH, 1);
	console_drain();
	assert_int_equal(fake.mask, UART_RECEIVE);
}

/* Somebody keeps typing at a VM that has stopped reading. */
static void a_vm_that_hangs_does_not_block_the_escape_key(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE + 100; i++) {
		host_counter += 10; /* ms */
		type_and_interrupt("x");
	}
	assert_int_equal(console_rx_used(first), CONSOLE_RX_SIZE);
	assert_int_equal(fake.mask, UART_RECEIVE);
	type_and_interrupt("\x1d"
			   "1");
	assert_int_equal(input_selected(), 1);
}

/* All of it arrives at once, so the hardware is full and its receive interrupt is off. EL2's timer
 * has the input looked at again. */
static void nor_does_it_when_a_text_is_pasted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE + 300; i++)
		fake.in[fake.in_head++] = 'x';
	fake_type("\x1d"
		  "1");
	host_counter = 5000;
	console_uart_interrupt();
	assert_int_equal(fake.mask, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_in_range(fake.timer, host_counter, host_counter + 1001);
		assert_int_equal(input_selected(), 0);
		host_counter = fake.timer;
		if (i < 2) { /* it has read some: another second */
			for (unsigned n = 0; n < 10; n++)
				console_remove(first);
		}
		deadline_set(&fake_vcpu, DEADLINE_CONSOLE, TIMER_NEVER);
		console_uart_interrupt();
	}
	assert_int_equal(input_selected(), 1);
	assert_int_equal(fake.mask, UART_RECEIVE);
	assert_int_equal(fake.timer, TIMER_NEVER);
}

/* Another pCPU turns the receive interrupt off, because the selected console is full, and asks the
 * pCPU with the UART to set its timer. */
static void whoever_turns_input_off_has_it_looked_at(void **state)
{
	static struct vcpu other_vcpu = {.vm = &vms[0], .config = &vcpus[0]};

	(void)state;
	for (unsigned i = 0; i < CONSOLE_RX_SIZE; i++)
		type_and_interrupt("x");
	input_select(1);
	console_drain();
	assert_int_equal(fake.mask, UART_RECEIVE);
	input_select(0);
	vcpu_shared[1].requests = 0;
	host_vcpu = &other_vcpu;
	console_drain();
	host_vcpu = &fake_vcpu;
	assert_int_equal(fake.mask, 0);
	assert_int_equal(vcpu_shared[1].requests, REQUEST_CONSOLE);
	fake.timer = TIMER_NEVER;
	deadline_set(&fake_vcpu, DEADLINE_CONSOLE, TIMER_NEVER);
	fake_work();
	assert_true(fake.timer <= host_counter + 1001);
}

/* Somebody has pasted a text, and the VM is slow: nothing is thrown away. */
static void a_vm_that_reads_slowly_loses_nothing(void **state)
{
	(void)state;
	host_counter += 100000; /* nothing was typed for long */
	for (unsigned i = 0; i < 4000; i++)
		fake.in[fake.in_head++] = (uint8_t)(i | 0x20);
	console_uart_interrupt();
	for (unsigned i = 0; i < 4000; i++) {
		host_counter += 900;
		console_drain();
		if (fake.mask & UART_RECEIVE)
			console_uart_interrupt();
		assert_true(console_rx_used(first) > 0);
		assert_int_equal(console_peek(first, 0), (uint8_t)(i | 0x20));
		console_remove(first);
	}
}

static void input_begins_with_a_vm_that_has_a_console(void **state)
{
	static const struct vm_config mute_first[2] = {
		{.name = "mute", .shared = &vm_shared[0], .vcpus = &vcpus[0]},
		{.name = "rt", .shared = &vm_shared[1], .vcpus = &vcpus[1], .has_console = true},
	};

	(void)state;
	fake_system.vms = mute_first;
	console_init();
	assert_int_equal(input_selected(), 1);
	assert_false(input_is_news());
}

static void another_selection_is_news_once(void **state)
{
	(void)state;
	assert_false(input_is_news());
	input_select(0);
	assert_false(input_is_news());
	input_select(1);
	input_select(1);
	assert_true(input_is_news());
	assert_false(input_is_news());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(input_goes_to_the_first_vm, two_vms),
		cmocka_unit_test_setup(input_on_a_pcpu_of_the_vm_needs_no_kick, two_vms),
		cmocka_unit_test_setup(
			a_full_rx_ring_stops_the_hardware_until_half_is_read, two_vms),
		cmocka_unit_test_setup(escape_and_a_digit_switch_the_input, two_vms),
		cmocka_unit_test_setup(escape_twice_is_a_character, two_vms),
		cmocka_unit_test_setup(any_other_key_opens_the_monitor, two_vms),
		cmocka_unit_test_setup(a_broken_escape_is_none, two_vms),
		cmocka_unit_test_setup(an_escape_behind_an_overrun_is_one, two_vms),
		cmocka_unit_test_setup(what_nobody_reads_is_thrown_away, two_vms),
		cmocka_unit_test_setup(a_vm_that_ends_with_a_full_rx_ring_lets_go, two_vms),
		cmocka_unit_test_setup(a_vm_that_hangs_does_not_block_the_escape_key, two_vms),
		cmocka_unit_test_setup(nor_does_it_when_a_text_is_pasted, two_vms),
		cmocka_unit_test_setup(whoever_turns_input_off_has_it_looked_at, two_vms),
		cmocka_unit_test_setup(a_vm_that_reads_slowly_loses_nothing, two_vms),
		cmocka_unit_test_setup(input_begins_with_a_vm_that_has_a_console, two_vms),
		cmocka_unit_test_setup(another_selection_is_news_once, two_vms),
	};

	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
