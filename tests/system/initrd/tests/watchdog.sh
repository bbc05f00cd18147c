#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's driver of the generic watchdog: fed for longer than its time, then not fed any more.

insmod /modules/sbsa_gwdt.ko timeout=6 || exit 1
dmesg | grep sbsa-gwdt
exec 3>/dev/watchdog || exit 1
for second in 1 2 3 4 5 6 7 8; do
	echo >&3
	sleep 1
done
echo "ok - fed, the watchdog lets the VM live"
sleep 60
echo "not ok - not fed, the watchdog ends the VM"
