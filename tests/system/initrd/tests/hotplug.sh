#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each secondary CPU goes off and on 25 times while all of them are busy.

/tests/stress 1000 >/dev/null &
load=$!
cpus=$(nproc)
cpu=1
while [ "$cpu" -lt "$cpus" ]; do
	online=/sys/devices/system/cpu/cpu$cpu/online
	times=0
	while [ "$times" -lt 25 ]; do
		echo 0 >"$online" && [ "$(nproc)" -eq $((cpus - 1)) ] || break
		echo 1 >"$online" && [ "$(nproc)" -eq "$cpus" ] || break
		times=$((times + 1))
	done
	if [ "$times" -eq 25 ]; then
		echo "ok - CPU $cpu goes off and on 25 times"
	else
		echo "not ok - CPU $cpu goes off and on 25 times: $times"
	fi
	cpu=$((cpu + 1))
done
kill "$load"
/tests/smp
