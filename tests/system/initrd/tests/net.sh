#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two VMs on one network. With pinion.net=send on the command line the one sends its disk, and waits until the other one is
# gone, which says the checksum of what it got.

address()
{
	ip link set lo up
	ip addr add "$1/24" dev eth0
	ip link set eth0 up
}

if grep -q pinion.net=send /proc/cmdline; then
	address 10.0.0.1
	until ping -c 1 -W 1 10.0.0.2 >/dev/null; do :; done
	until nc 10.0.0.2 9 </dev/vda; do sleep 1; done
	while ping -c 5 -W 5 10.0.0.2 >/dev/null; do :; done
	echo "ok - sent"
else
	address 10.0.0.2
	echo "# net: $(nc -l -p 9 | md5sum)"
	echo "ok - received"
fi
