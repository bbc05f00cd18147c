/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the UART: the escape key selects a console, and that console gets the other keys. */
#include "console/input.h"

#include "arch.h"
#include "console/ring.h"
#include "cpu/vcpu.h"
#include "sections.h"
#include "uart/uart.h"
#include "vm/vm_shared.h"

/*
 * Any pCPU reads `selected`. `read` and `read_at` are under the UART's lock. The rest is for the
 * pCPU that takes the UART's interrupt.
 */
static SHARED struct {
	_Atomic uint32_t selected; /* the number of the console that gets the input */
	uint32_t before;           /* the one that was selected before the monitor */
	bool escape;               /* the last key was INPUT_ESCAPE */
	bool news;                 /* another console was selected since the last input_is_news() */
	/*
	 * The selected console's rx_tail when it was last seen to have moved, or when its ring was
	 * last seen empty, and the system counter at that time.
	 */
	uint32_t read;
	uint64_t read_at;
} keyboard;

void input_init(void)
{
	uint32_t first = 0;

	while (first + 1 < system_config.vm_count && !system_config.vms[first].has_console)
		first++;
	input_select(first);
	keyboard.news = false; /* a line at boot says it */
}

uint32_t input_selected(void)
{
	/* Relaxed, here and below: one pCPU writes it, and no other data depends on it. */
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

/* True if somebody reads the input of this console. */
static bool is_read(uint32_t number)
{
	const struct vm_config *vm = &system_config.vms[number];
	enum vm_life life;

	if (number == CONSOLE_MONITOR)
		return true;
	/* Relaxed: nothing depends on the state but whether a character is kept. */
	life = VM_LIFE_STATE(atomic_load_explicit(&vm->shared->life, memory_order_relaxed));
	return vm->has_console && (life == VM_STARTING || life == VM_RUNNING);
}

/* Notes that the selected console's reader is at `tail` at this time. */
static void note_read(uint32_t tail)
{
	keyboard.read = tail;
	keyboard.read_at = arch_counter();
}

/* True if the ring, which is full, has not been read for a second. `tail` is its rx_tail. */
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

/* Puts a character into the ring of a console, unless nobody reads it or the ring is full. */
static void deliver(uint32_t number, uint16_t character)
{
	struct console *console = console_of(number);
	uint32_t head = atomic_load_explicit(&console->rx_head, memory_order_relaxed);
	/*
	 * Acquire pairs with the release in console_remove(): the reader has read a character
	 * before it is overwritten.
	 */
	uint32_t tail = atomic_load_explicit(&console->rx_tail, memory_order_acquire);

	if (head == tail || keyboard.read != tail)
		note_read(tail);
	if (!is_read(number) || head - tail == CONSOLE_RX_SIZE)
		return;
	console->rx[head % CONSOLE_RX_SIZE] = character;
	/* Release pairs with the acquire in console_rx_used(): the character is there. */
	atomic_store_explicit(&console->rx_head, head + 1, memory_order_release);
}

/* The console that a key after INPUT_ESCAPE selects: the VM of a digit, otherwise the monitor. */
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
		int typed = key & ~UART_OVERRUN; /* an overrun lost other keys, not this one */

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
