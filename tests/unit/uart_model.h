/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of UART drivers do alike, each on the model of its UART. */
#ifndef PINION_UART_MODEL_H
#define PINION_UART_MODEL_H

#include "unit.h"

#include "uart/uart_drivers.h"

#define TEXT                                                                                        \
	"More characters than any FIFO takes, so that the transmit interrupt has to come several "  \
	"times before all of them are out. None of them may be lost, and none may come twice. And " \
	"when the last one has been written, no interrupt may be left."

/* Characters that have been written to the model's UART. */
static struct {
	char text[1024];
	uint32_t count;
} written;

static inline void note_written(uint32_t c)
{
	assert_in_range(written.count, 0, sizeof(written.text) - 2);
	written.text[written.count++] = (char)c;
	written.text[written.count] = '\0';
}

/*
 * Sends TEXT as the console does: fills the FIFO, waits for the interrupt, fills it again. `line`:
 * the interrupt. `send_one`: the transmitter sends a character. `depth`: of the FIFO.
 */
static inline void send_by_interrupts(const struct uart_driver *driver,
	const struct uart_config *config, bool (*line)(void), void (*send_one)(void),
	uint32_t depth)
{
	uint32_t interrupts = 0;
	const char *c = TEXT;

	memset(&written, 0, sizeof(written));
	driver->init(config);
	for (;;) {
		while (*c != '\0' && driver->put(config, *c))
			c++;
		driver->interrupts(config, *c != '\0' ? UART_TRANSMIT : 0);
		if (*c == '\0')
			break;
		for (uint32_t i = 0; !line(); i++) {
			assert_in_range(i, 0, depth);
			send_one();
		}
		interrupts++;
		driver->acknowledge(config);
	}
	assert_false(line());
	/* Not one for each character. */
	assert_in_range(interrupts, 1, 2 * sizeof(TEXT) / depth + 1);
	assert_string_equal(written.text, TEXT);
	for (uint32_t i = 0; !driver->idle(config); i++) {
		assert_in_range(i, 0, depth);
		send_one();
	}
}

#endif
