/* SPDX-License-Identifier: Apache-2.0 */
#include "console/input.h"

#include "arch.h"
#include "console/ring.h"
#include "cpu/vcpu.h"
#include "sections.h"
#include "uart/uart.h"
#include "vm/vm_shared.h"

/* Under the UART's lock, but for `selected`. */
static SHARED struct {
	_Atomic uint32_t selected;
	uint32_t before;
	bool escape;   /* the last key was INPUT_ESCAPE */
	bool news;     /* another console was selected, and input_is_news() not asked since */
	uint32_t read; /* rx_tail of the selected console when it was seen to move last, or to have
	                  nothing to read */
	uint64_t read_at; /* the time then */
} keyboard;

void input_init(void)
{
	uint32_t first = 0;

	while (first + 1 < system_config.vm_count && !system_config.vms[first].has_console)
		first++;
	input_select(first);
	keyboard.news = false; /* boot says it */
}

uint32_t input_selected(void)
{
	/* relaxed here and below: one pCPU writes it, and it is a number alone */
	return atomic_load_explicit(&keyboard.selected, memory_order_relaxed);
}

uint32_t input_before(void)
{
	return keyboard.before;
}

bool input_is_news(void)
{
	bool news = keyboard.news;

	keyboard.news = false;
	return news;
}

void input_select(uint32_t number)
{
	if (number == CONSOLE_MONITOR && input_selected() != CONSOLE_MONITOR)
		keyboard.before = input_selected();
	keyboard.news |= number != input_selected();
	atomic_store_explicit(&keyboard.selected, number, memory_order_relaxed);
}

/* True if somebody reads what arrives for this console. */
static bool is_read(uint32_t number)
{
	const struct vm_config *vm = &system_config.vms[number];
	enum vm_life life;

	if (number == CONSOLE_MONITOR)
		return true;
	/* relaxed: whoever reads it finds it in its ring, and a guess is good enough */
	life = VM_LIFE_STATE(atomic_load_explicit(&vm->shared->life, memory_order_relaxed));
	return vm->has_console && (life == VM_STARTING || life == VM_RUNNING);
}

static void note_read(uint32_t tail)
{
	keyboard.read = tail;
	keyboard.read_at = arch_counter();
}

/* True if a full ring has not been read for a second. */
static bool is_stalled(uint32_t tail)
{
	if (keyboard.read != tail)
		note_read(tail);
	return arch_counter() - keyboard.read_at > arch_counter_frequency();
}

uint32_t input_free(void)
{
	const struct console *console = console_of(input_selected());
	uint32_t tail = atomic_load_explicit(&console->rx_tail, memory_order_relaxed);
	uint32_t used = atomic_load_explicit(&console->rx_head, memory_order_relaxed) - tail;

	if (!is_read(input_selected()) || (used == CONSOLE_RX_SIZE && is_stalled(tail)))
		return CONSOLE_RX_SIZE;
	return CONSOLE_RX_SIZE - used;
}

static void deliver(uint32_t number, uint16_t character)
{
	struct console *console = console_of(number);
	uint32_t head = atomic_load_explicit(&console->rx_head, memory_order_relaxed);
	/*
	 * Acquire, with the release in console_remove(): the character has been read before it is
	 * overwritten.
	 */
	uint32_t tail = atomic_load_explicit(&console->rx_tail, memory_order_acquire);

	if (head == tail || keyboard.read != tail)
		note_read(tail);
	if (!is_read(number) || head - tail == CONSOLE_RX_SIZE)
		return;
	console->rx[head % CONSOLE_RX_SIZE] = character;
	/* Release: the character is there. Pairs with console_rx_used(). */
	atomic_store_explicit(&console->rx_head, head + 1, memory_order_release);
}

/* The key after INPUT_ESCAPE: a digit for the VM of that number, any other for the monitor. */
static uint32_t chosen(int key)
{
	uint32_t digit = (uint32_t)key - '0';

	return digit < 10 && digit < system_config.vm_count ? digit : CONSOLE_MONITOR;
}

bool input_receive(void)
{
	bool fed = false;
	int key;

	while (input_free() > 0 &&
		(key = system_config.uart.driver->get(&system_config.uart)) >= 0) {
		uint32_t number = input_selected();
		bool command = keyboard.escape;
		int typed = key & ~UART_OVERRUN; /* what was lost was another */

		keyboard.escape = !command && typed == INPUT_ESCAPE;
		if (keyboard.escape)
			continue;
		if (!command || typed == INPUT_ESCAPE) {
			deliver(number, (uint16_t)key);
			fed = number != CONSOLE_MONITOR;
			continue;
		}
		if (fed)
			vcpu_request(&system_config.vms[number].vcpus[0], REQUEST_DEVICES);
		fed = false;
		input_select(chosen(typed));
	}
	return fed;
}
