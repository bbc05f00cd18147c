#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The machine's clock (PL031), and its GPIO controller (PL061), whose line 3 is QEMU's power button: whoever watches is told
# when to press it.

echo "# clock: $(cat /sys/class/rtc/rtc0/name), $(TZ=UTC hwclock -u)"

chip=$(echo /sys/class/gpio/gpiochip*)
echo "# gpio: $(cat "$chip/label"), $(cat "$chip/ngpio") lines"
line=$(($(cat "$chip/base") + 3))
echo $line >/sys/class/gpio/export
echo rising >/sys/class/gpio/gpio$line/edge
echo "# press now"
until awk '/9030000.gpio/ { exit !$2 }' /proc/interrupts; do sleep 1; done
echo "ok - the button interrupts: $(grep 9030000.gpio /proc/interrupts)"
