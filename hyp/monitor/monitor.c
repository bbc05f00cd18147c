/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the line that the operator types, and carries its command out step by step. */
#include "monitor/monitor.h"

#include <stdbool.h>
#include <stdint.h>

#include "console/drain.h"
#include "console/input.h"
#include "console/ring.h"
#include "monitor/commands.h"
#include "monitor/say.h"
#include "sections.h"
#include "vm/names.h"

/* The most bytes that a step writes. A step begins only if there is room for them. */
#define STEP_SIZE (CONSOLE_TX_SIZE / 2)

/* The most steps (a key or a line each) before the pCPU goes back to its guest. */
#define STEPS 16u

#define BACKSPACE 0x08
#define DELETE    0x7f

/* Only the pCPU that takes the UART's interrupt uses it. */
static SHARED struct {
	char typed[64];
	uint32_t length;
	bool prompted; /* the line on the terminal begins with the prompt */
} monitor;

static struct console *own(void)
{
	return console_of(CONSOLE_MONITOR);
}

/* Shows the prompt, and what was typed so far. */
static void prompt(void)
{
	monitor.prompted = true;
	say("pinion> ");
	for (uint32_t i = 0; i < monitor.length; i++)
		say("%c", monitor.typed[i]);
}

static void key(char c)
{
	if (c == '\r' || c == '\n') {
		say("\n");
		monitor.prompted = false;
		monitor.typed[monitor.length] = '\0';
		monitor.length = 0;
		command_begin(monitor.typed);
	} else if ((c == BACKSPACE || c == DELETE) && monitor.length > 0) {
		monitor.length--;
		say("\b \b");
	} else if (c >= ' ' && c < DELETE && monitor.length < sizeof(monitor.typed) - 1) {
		monitor.typed[monitor.length++] = c;
		say("%c", c);
	}
}

/* Says which VM gets the input, if that has changed. Returns true if it has. */
static bool announce(uint32_t selected)
{
	if (!input_is_news() || selected == CONSOLE_MONITOR)
		return false;
	say("%sinput to %s, which is %s\n", monitor.prompted ? "\n" : "",
		system_config.vms[selected].name, vm_state_name(&system_config.vms[selected]));
	monitor.prompted = false;
	monitor.length = 0;
	return true;
}

/* Does one thing. Returns false if there is nothing to do. */
static bool step(void)
{
	uint32_t selected = input_selected();
	bool open = selected == CONSOLE_MONITOR;
	bool typed = console_rx_used(own()) > 0;

	if (command_is_busy()) {
		command_go_on();
	} else if (open && !monitor.prompted) {
		prompt();
	} else if (typed) {
		uint16_t character = console_peek(own(), 0);

		console_remove(own());
		key((char)(character & 0x7f));
	} else {
		return announce(selected);
	}
	return true;
}

void monitor_serve(void)
{
	bool more = true;
	uint32_t done;

	for (done = 0;
		more && done < STEPS && console_tx_used(own()) <= CONSOLE_TX_SIZE - STEP_SIZE;
		done++)
		more = step();
	console_flush(own());
	if (more)
		console_wait_tx(own());
	if (more || done > 1)
		console_drain();
}
