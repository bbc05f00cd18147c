/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor, typed at over the real console and a fake UART. */
#include "fake_uart.h"

#include "monitor/commands.c"
#include "monitor/monitor.c"

static const struct vm_config *asked;
static enum vm_request request;
static bool allowed;

bool vm_ask(const struct vm_config *vm, enum vm_request wanted)
{
	asked = vm;
	request = wanted;
	return allowed;
}

/* How the machine can end, and how it ended: nobody comes back from that. */
static bool can_end[MACHINE_ENDS];
static jmp_buf ended;

bool arch_machine_can_end(enum machine_end end)
{
	return can_end[end];
}

void arch_machine_end(enum machine_end end)
{
	longjmp(ended, (int)end + 1);
}

static int boot(void **state)
{
	(void)state;
	fake_boot(2);
	memset(&monitor, 0, sizeof(monitor));
	memset(&current, 0, sizeof(current));
	asked = NULL;
	allowed = true;
	host_counter = 1000000;
	can_end[MACHINE_OFF] = can_end[MACHINE_RESET] = false;
	return 0;
}

/* What its pCPU does at the UART's interrupt and for REQUEST_CONSOLE (trap/irq.c). */
static void interrupt(void)
{
	console_uart_interrupt();
	monitor_serve();
}

static void work(void)
{
	report_lost();
	monitor_serve();
	console_serve();
}

/* Lets the pCPU of the monitor work until it has nothing left to do. */
static void settle(void)
{
	while (atomic_exchange(&vcpu_shared[1].requests, 0))
		work();
}

static void clear(void)
{
	fake.used = 0;
	fake.out[0] = '\0';
}

/* What a command prints. */
static const char *command(const char *line)
{
	if (input_selected() != 2)
		fake_type("\x1dm");
	interrupt();
	settle();
	clear();
	fake_type(line);
	fake_type("\r");
	interrupt();
	settle();
	assert_memory_equal(fake.out, line, strlen(line));
	assert_memory_equal(fake.out + strlen(line), "\r\n", 2);
	assert_string_equal(fake.out + fake.used - 8, "pinion> ");
	fake.out[fake.used - 8] = '\0';
	return fake.out + strlen(line) + 2;
}

static void the_prompt_comes_with_the_escape_key(void **state)
{
	(void)state;
	fake_type("\x1dm");
	interrupt();
	assert_string_equal(fake.out, "pinion> ");
	interrupt();
	assert_string_equal(fake.out, "pinion> ");
	fake_type("vnm\b\x7fms\x01");
	interrupt();
	assert_string_equal(fake.out, "pinion> vnm\b \b\b \bms");
}

static void help_lists_every_command(void **state)
{
	const char *text = command("help");

	(void)state;
	for (uint32_t i = 0; i < COMMANDS; i++)
		assert_non_null(strstr(text, commands[i].name));
	assert_non_null(strstr(text, "Ctrl-]"));
}

static void vms_shows_states(void **state)
{
	(void)state;
	vm_shared[1].life = VM_LIFE(VM_CRASHED, VM_STOP_NONE, 4);
	vm_shared[1].last_stop = VM_STOP_CRASH;
	vm_shared[1].restarts = 3;
	assert_string_equal(command("vms"),
		"0 linux: running, vCPUs on pCPU 0, restarts 0, last stop: never\r\n"
		"1 rt: crashed, vCPUs on pCPU 5, restarts 3, last stop: crashed\r\n");
}

static void stats_shows_counts_and_rates(void **state)
{
	(void)state;
	vcpu_shared[0].exits[EXIT_HVC] = 7;
	vcpu_shared[1].exits[EXIT_TIMER] = 500;
	vcpu_shared[1].exits[EXIT_OTHER] = 1;
	assert_string_equal(
		command("stats"), "linux vCPU 0: hvc 7\r\nrt vCPU 0: timer 500 other 1\r\n");
	host_counter += 500; /* half a second */
	vcpu_shared[1].exits[EXIT_TIMER] = 600;
	assert_string_equal(command("stats rt"), "rt vCPU 0: timer 600 (200/s) other 1 (0/s)\r\n");
	host_counter += 1000;
	vcpu_shared[0].exits[EXIT_HVC] = 10;
	vcpu_shared[1].exits[EXIT_TIMER] = 600;
	assert_string_equal(command("  stats "), "linux vCPU 0: hvc 10 (2/s)\r\n"
						 "rt vCPU 0: timer 600 (0/s) other 1 (0/s)\r\n");
}

static void lives_are_asked_for(void **state)
{
	(void)state;
	assert_string_equal(command("stop rt"), "rt: asked to stop; 'vms' shows how far it is\r\n");
	assert_ptr_equal(asked, &vms[1]);
	assert_int_equal(request, VM_REQUEST_STOP);
	command("start linux");
	assert_ptr_equal(asked, &vms[0]);
	assert_int_equal(request, VM_REQUEST_START);
	command("restart linux");
	assert_int_equal(request, VM_REQUEST_RESTART);
	allowed = false;
	assert_string_equal(command("start rt"),
		"rt is running and cannot start; 'help' says what each command needs\r\n");
}

/* How a command ends the machine: its enum machine_end and 1, or 0 if it does not. */
static int end_by(const char *line)
{
	int how = setjmp(ended);

	if (how == 0)
		command(line);
	return how;
}

static void the_machine_ends_if_the_board_can(void **state)
{
	static const char none[] =
		"this board has nothing for that: neither PSCI, nor a device of the "
		"platform file\r\n";

	can_end[MACHINE_RESET] = true;
	assert_string_equal(command("poweroff"), none);
	assert_int_equal(end_by("reset"), MACHINE_RESET + 1);
	boot(state);
	can_end[MACHINE_OFF] = true;
	assert_string_equal(command("reset"), none);
	assert_int_equal(end_by("poweroff"), MACHINE_OFF + 1);
}

static void mistakes_are_answered_with_the_cure(void **state)
{
	(void)state;
	assert_string_equal(command("vm"), "there is no command 'vm'; 'help' lists them\r\n");
	assert_string_equal(
		command("stop"), "which VM? It is: stop NAME; 'vms' shows the names\r\n");
	assert_string_equal(command("stop rtt"), "there is no VM 'rtt'; 'vms' shows the names\r\n");
	assert_string_equal(command("stats r t"), "too many words; it is: stats [NAME]\r\n");
	assert_string_equal(command("vms rt"), "too many words; it is: vms \r\n");
	assert_string_equal(command(""), "");
	assert_null(asked);
}

static void a_long_line_is_cut(void **state)
{
	(void)state;
	fake_type("\x1dm");
	for (unsigned i = 0; i < 200; i++)
		fake_type("x");
	fake_type("\r");
	interrupt();
	settle();
	assert_int_equal(console_rx_used(own()), 0);
	assert_non_null(strstr(fake.out, "pinion> xxxx"));
	assert_non_null(strstr(fake.out, "xxx'; 'help' lists them\r\npinion> "));
}

static void input_leaves_the_monitor(void **state)
{
	(void)state;
	fake_type("\x1d"
		  "1\x1dminput\ra");
	interrupt();
	settle();
	assert_int_equal(input_selected(), 1);
	assert_non_null(strstr(fake.out, "input to rt, which is running\r\n"));
	fake_type("\x1dminput linux\r");
	interrupt();
	settle();
	assert_int_equal(input_selected(), 0);
	assert_non_null(strstr(fake.out, "input to linux, which is running\r\n"));
	clear();
	fake_type("\x1d"
		  "1");
	interrupt();
	assert_string_equal(fake.out, "input to rt, which is running\r\n");
}

static void write_line(const char *text)
{
	for (; *text != '\0'; text++) {
		console_put(&vm_shared[0].console, (uint8_t)*text, false);
		fake_mark(0);
		console_drain();
	}
}

static void log_shows_the_last_lines_and_reports(void **state)
{
	char expected[64];
	const char *text;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(expected, sizeof(expected), "line %u\r\n", i);
		write_line(expected);
	}
	write_line("# ");
	console_flush(&vm_shared[0].console);
	host_vcpu = &(struct vcpu){.vm = &vms[0], .config = &vcpus[0]};
	print("linux: off\n");
	host_vcpu = &fake_vcpu;
	text = command("log linux");
	assert_memory_equal(text, "log linux| line ", 16);
	assert_true(strlen(text) > OUTPUT_HISTORY - 20);
	assert_null(strstr(text, "line 600\r\n"));
	for (unsigned i = 750; i < 1000; i++) {
		snprintf(expected, sizeof(expected), "\r\nlog linux| line %u\r\n", i);
		assert_non_null(strstr(text, expected));
	}
	assert_non_null(
		strstr(text, "log linux| line 999\r\nlog linux| # \r\nlog linux| linux: off\r\n"));
	assert_string_equal(strstr(text, "linux: off"), "linux: off\r\n");
	assert_string_equal(command("log rt"), "");
}

/* The VM writes on while its log is shown. What was overwritten is skipped, and the end stays where
 * it was. */
static void a_log_ends_while_its_vm_floods(void **state)
{
	uint32_t interrupts = 0;
	bool more;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		write_line("old\n");
	fake_type("\x1dmlog linux\r");
	interrupt();
	do {
		for (unsigned i = 0; i < 100; i++)
			write_line("new\n");
		interrupts++;
		more = atomic_exchange(&vcpu_shared[1].requests, 0) != 0;
		if (more)
			work();
	} while (more);
	assert_false(current.busy);
	assert_in_range(interrupts, 2, 100);
	assert_null(strstr(fake.out, "log linux| new\r\n"));
}

static void output_longer_than_the_ring_goes_on_as_there_is_room(void **state)
{
	unsigned steps = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		write_line("text\n");
	clear();
	fake.room = 20;
	fake_type("\x1dmlog linux\r");
	interrupt();
	while (fake.used < sizeof("pinion> log linux\r\n") ||
		strcmp(fake.out + fake.used - 8, "pinion> ") != 0) {
		assert_true(steps++ < 5000);
		assert_true(console_tx_used(own()) <= CONSOLE_TX_SIZE);
		fake.room = 16;
		interrupt();
		settle();
	}
	assert_true(fake.used > OUTPUT_HISTORY);
	assert_null(strstr(fake.out, "log linux| textlog"));
}

static void what_was_typed_is_shown_again_after_an_interruption(void **state)
{
	(void)state;
	fake_type("\x1dmst");
	interrupt();
	write_line("tick\n");
	fake_type("op");
	interrupt();
	assert_string_equal(fake.out, "pinion> st\r\nlinux| tick\npinion> stop");
	write_line("tick\n");
	fake_type("\x1d"
		  "1");
	interrupt();
	assert_string_equal(strstr(fake.out, "pinion> stop"),
		"pinion> stop\r\nlinux| tick\npinion> stop\r\ninput to rt, which is running\r\n");
}

static struct vcpu elsewhere = {.vm = &vms[0], .config = &vcpus[0]};

static void the_monitor_comes_in_vain(void)
{
	fake.meanwhile = NULL;
	host_vcpu = &fake_vcpu;
	monitor_serve();
}

/* More keys than are taken at once, none of which is echoed, while another pCPU has the lock and is
 * about to release it. */
static void keys_are_not_forgotten_as_another_pcpu_sends(void **state)
{
	(void)state;
	command("vms");
	input_select(0);
	monitor_serve();
	for (unsigned i = 0; i < CONSOLE_RX_SIZE; i++)
		deliver(0, 'x');
	console_drain();
	assert_int_equal(fake.mask, 0);
	for (unsigned i = 0; i < 2 * STEPS; i++)
		deliver(2, 1);
	for (unsigned i = 0; i < CONSOLE_RX_SIZE / 2; i++)
		console_remove(&vm_shared[0].console);
	vcpu_shared[1].requests = 0;
	fake.meanwhile = the_monitor_comes_in_vain;
	host_vcpu = &elsewhere;
	console_drain();
	assert_null(fake.meanwhile);
	host_vcpu = &fake_vcpu;
	assert_true(console_rx_used(own()) > 0);
	settle();
	assert_int_equal(console_rx_used(own()), 0);
}

/* A year of exits at a counter of 1 GHz, and a moment. */
static void rates_are_of_any_time(void **state)
{
	(void)state;
	assert_int_equal(rate(4000, 2000), 2000);
	assert_int_equal(rate(3, 1), 3000);
	host_frequency = 1000000000;
	assert_int_equal(rate(4000, 1), 4000000000000);
	assert_in_range(rate(1ull << 50, 365ull * 24 * 3600 * 1000000000), 35650000, 35750000);
	host_frequency = 1000;
}

/* Whatever the words hold that all views can write, nothing beyond the tables is reached. */
static void numbers_are_bounded(void **state)
{
	(void)state;
	command("vms");
	current.busy = true;
	current.command = UINT32_MAX;
	current.vm = UINT32_MAX;
	monitor_serve();
	assert_false(current.busy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_prompt_comes_with_the_escape_key, boot),
		cmocka_unit_test_setup(help_lists_every_command, boot),
		cmocka_unit_test_setup(vms_shows_states, boot),
		cmocka_unit_test_setup(stats_shows_counts_and_rates, boot),
		cmocka_unit_test_setup(lives_are_asked_for, boot),
		cmocka_unit_test_setup(the_machine_ends_if_the_board_can, boot),
		cmocka_unit_test_setup(mistakes_are_answered_with_the_cure, boot),
		cmocka_unit_test_setup(a_long_line_is_cut, boot),
		cmocka_unit_test_setup(input_leaves_the_monitor, boot),
		cmocka_unit_test_setup(log_shows_the_last_lines_and_reports, boot),
		cmocka_unit_test_setup(a_log_ends_while_its_vm_floods, boot),
		cmocka_unit_test_setup(output_longer_than_the_ring_goes_on_as_there_is_room, boot),
		cmocka_unit_test_setup(what_was_typed_is_shown_again_after_an_interruption, boot),
		cmocka_unit_test_setup(keys_are_not_forgotten_as_another_pcpu_sends, boot),
		cmocka_unit_test_setup(rates_are_of_any_time, boot),
		cmocka_unit_test_setup(numbers_are_bounded, boot),
	};

	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
