/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor writes on its own console. */
#ifndef PINION_SAY_H
#define PINION_SAY_H

/* To be followed by console_flush() of that console. What finds no room is left out. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

#endif
