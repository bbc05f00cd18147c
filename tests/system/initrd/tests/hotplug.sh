#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each secondary CPU goes off and on pinion.times=N times (25) while all of them are busy.

wanted=$(sed -n 's/.*\<pinion\.times=\([0-9]*\).*/\1/p' /proc/cmdline)
wanted=${wanted:-25}
/tests/stress 100000 >/dev/null &
load=$!
cpus=$(nproc)
cpu=1
while [ "$cpu" -lt "$cpus" ]; do
	online=/sys/devices/system/cpu/cpu$cpu/online
	times=0
	while [ "$times" -lt "$wanted" ]; do
		echo 0 >"$online" && [ "$(nproc)" -eq $((cpus - 1)) ] || break
		echo 1 >"$online" && [ "$(nproc)" -eq "$cpus" ] || break
		times=$((times + 1))
	done
	if [ "$times" -eq "$wanted" ]; then
		echo "ok - CPU $cpu goes off and on $wanted times"
	else
		echo "not ok - CPU $cpu goes off and on $wanted times: $times"
	fi
	cpu=$((cpu + 1))
done
kill "$load"
/tests/smp
